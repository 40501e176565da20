'use client';

import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { defaultView, queryOf, shownSides, type ViewState } from '../lib/viewState.ts';

export interface Names {
  baseline: string;
  candidate: string;
}

interface View {
  runId: string;
  names: Names;
  state: ViewState;
  /** What the server has drawn. */
  given: ViewState;
  set(state: ViewState): void;
}

const Context = createContext<View>({
  runId: '',
  names: { baseline: '', candidate: '' },
  state: defaultView,
  given: defaultView,
  set: () => {},
});

export const useView = (): View => use(Context);

/** The variants that are not hidden. */
export function useShown(): readonly ('baseline' | 'candidate')[] {
  const { show } = useView().state;
  return useMemo(() => shownSides({ show }), [show]);
}

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
  const names = useMemo(() => ({ baseline, candidate }), [baseline, candidate]);
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
  const view = useMemo(() => ({ runId, names, state, given, set }), [runId, names, state, given, set]);
  return <Context value={view}>{children}</Context>;
}
