'use client';

import type { ExperimentList } from '@dyno/contracts/experimentList';
import { type FormEvent, useState } from 'react';
import { commandText, profileArguments } from '../lib/startRequest.ts';
import { CopyCommand } from './CopyCommand.tsx';
import { StartOutcome } from './StartOutcome.tsx';
import styles from './start.module.css';
import { useStart } from './useStart.ts';

/** A flamegraph of one variant under load, outside of any run. */
export function NewProfileForm({
  list,
  first,
  mayStart,
}: {
  list: ExperimentList;
  first: string;
  mayStart: boolean;
}) {
  const [key, setKey] = useState(first);
  const experiment = list.experiments.find((one) => one.key === key);
  const [chosen, setChosen] = useState('');
  const [seconds, setSeconds] = useState('10');
  const start = useStart('/actions/profile');
  if (!experiment) return null;
  const variants = [experiment.baseline, ...experiment.candidates];
  const variant = variants.find(({ name }) => name === chosen) ?? experiment.baseline;
  const wanted = {
    experiment: key,
    variant: variant.name,
    ...(Number(seconds) >= 1 ? { durationSeconds: Number(seconds) } : {}),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mayStart) void start.start(wanted);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.fields}>
        <label className={styles.field}>
          <span>Experiment</span>
          <select value={key} onChange={({ target }) => setKey(target.value)}>
            {list.experiments.map((one) => (
              <option key={one.key}>{one.key}</option>
            ))}
          </select>
          <span className={styles.hint}>{experiment.title}</span>
        </label>
        <label className={styles.field}>
          <span>Variant</span>
          <select value={variant.name} onChange={({ target }) => setChosen(target.value)}>
            {variants.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <span className={styles.hint}>{variant.title}</span>
        </label>
        <label className={styles.field}>
          <span>Under load (s)</span>
          <input
            type="number"
            min={1}
            max={7200}
            required
            value={seconds}
            onChange={({ target }) => setSeconds(target.value)}
          />
          <span className={styles.hint}>longer: more samples, finer frames</span>
        </label>
      </div>
      <CopyCommand command={commandText(profileArguments(wanted, list).args)} />
      {mayStart ? (
        <div className={styles.buttons}>
          <button type="submit" className={styles.primary} disabled={start.isAsking}>
            Profile this variant
          </button>
        </div>
      ) : null}
      <StartOutcome start={start} goOn={false} />
    </form>
  );
}
