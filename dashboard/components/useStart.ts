'use client';

import type { JobView } from '@dyno/contracts/job';
import { useState } from 'react';
import { postAction } from '../lib/postAction.ts';

/** The way of everything that is started: asked, refused in words, or busy with the offer to wait. */
export interface Start {
  isAsking: boolean;
  job: JobView | null;
  problem: string;
  /** Who measures instead; the same can be asked again with `wait`. */
  busy: string;
  start(body: object): Promise<void>;
  wait(): Promise<void>;
}

export function useStart(path: string): Start {
  const [state, setState] = useState<Omit<Start, 'start' | 'wait'>>({
    isAsking: false,
    job: null,
    problem: '',
    busy: '',
  });
  const [asked, setAsked] = useState<object>({});
  const start = async (body: object) => {
    setAsked(body);
    setState({ isAsking: true, job: null, problem: '', busy: '' });
    const posted = await postAction(path, body);
    setState({
      isAsking: false,
      job: posted.kind === 'done' ? posted.job : null,
      problem: posted.kind === 'refused' ? posted.message : '',
      busy: posted.kind === 'busy' ? posted.message : '',
    });
  };
  return { ...state, start, wait: () => start({ ...asked, wait: true }) };
}
