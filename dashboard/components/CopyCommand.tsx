'use client';

import { useState } from 'react';
import styles from './start.module.css';

/** A command to take along: the same as the buttons of the page do. */
export function CopyCommand({ command }: { command: string }) {
  const [copied, setCopied] = useState('');
  const copy = () =>
    navigator.clipboard.writeText(command).then(
      () => setCopied(command),
      // Without the right to: it can be selected with one click.
      () => {},
    );
  return (
    <div className={styles.commandLine}>
      <code className={styles.command}>{command}</code>
      <button type="button" className={styles.button} onClick={copy}>
        {copied === command ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
