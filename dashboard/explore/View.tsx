'use client';

import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { defaultView, queryOf, type ViewState } from '../lib/viewState.ts';

export interface Names {
  baseline: string;
  candidate: string;
}

interface View {
  runId: string;
  names: Names;
  state: ViewState;
  set(state: ViewState): void;
}

const Context = createContext<View>({
  runId: '',
  names: { baseline: '', candidate: '' },
  state: defaultView,
  set: () => {},
});

export const useView = (): View => use(Context);

/** What the charts of one page have in common: whose they are, and how the reader has set them up. */
export function ViewProvider({
  runId,
  names: { baseline, candidate },
  given,
  children,
}: {
  runId: string;
  names: Names;
  /** From the address, by the server. */
  given: ViewState;
  children: ReactNode;
}) {
  const [state, setState] = useState(given);
  const set = useCallback((next: ViewState) => {
    setState(next);
    // The page is the same, so the way back must not lead through every step of a zoom.
    const { pathname, search, hash } = window.location;
    const address = `${pathname}${queryOf(next, new URLSearchParams(search))}${hash}`;
    window.history.replaceState(window.history.state, '', address);
  }, []);
  useEffect(() => {
    if (state.t === null && state.block === null) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      // There it closes the dialog.
      if (document.querySelector('dialog[open]') === null) set({ ...state, t: null, block: null });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [state, set]);
  const view = useMemo(
    () => ({ runId, names: { baseline, candidate }, state, set }),
    [runId, baseline, candidate, state, set],
  );
  return <Context value={view}>{children}</Context>;
}
