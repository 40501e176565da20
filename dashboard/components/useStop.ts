import type { StopTarget } from '@dyno/contracts/actions';
import { useState } from 'react';
import { postAction } from '../lib/postAction.ts';

/** Asks for a stop like Ctrl-C; `said` is what came of it, empty before. */
export function useStop(target: StopTarget) {
  const [said, setSaid] = useState('');
  const stop = async () => {
    setSaid('Stopping…');
    const posted = await postAction('/actions/stop', target);
    if (posted.kind !== 'done') setSaid(posted.message);
  };
  return { said, isStopping: said === 'Stopping…', stop };
}
