'use client';

import { useState } from 'react';
import { postAction } from '../lib/postAction.ts';
import styles from './start.module.css';

/** Like Ctrl-C: what is whole is kept, and the run can be gone on with. */
export function StopRun({ id }: { id: string }) {
  const [said, setSaid] = useState('');
  const stop = async () => {
    setSaid('Stopping…');
    const posted = await postAction('/actions/stop', { runId: id });
    if (posted.kind !== 'done') setSaid(posted.message);
  };
  return (
    <>
      <button
        type="button"
        className={`${styles.button} ${styles.small}`}
        onClick={stop}
        disabled={said === 'Stopping…'}
        title="Keeps every whole round; the run can be gone on with"
      >
        Stop the run
      </button>
      <span role="status">{said}</span>
    </>
  );
}
