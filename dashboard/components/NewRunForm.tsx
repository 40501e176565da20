'use client';

import type { NewRun } from '@dyno/contracts/actions';
import type { ExperimentList, ListedExperiment } from '@dyno/contracts/experimentList';
import { detectable } from '@dyno/lab/format';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { LastSight } from '../lib/newRun.ts';
import {
  canBeFine,
  durationWords,
  formOf,
  planOf,
  type RunForm,
  requestOf,
  sightWords,
} from '../lib/runForm.ts';
import { commandText, runArguments } from '../lib/startRequest.ts';
import { CopyCommand } from './CopyCommand.tsx';
import { StartOutcome } from './StartOutcome.tsx';
import styles from './start.module.css';
import { useStart } from './useStart.ts';

interface Props {
  list: ExperimentList;
  first: NewRun;
  lastSights: Record<string, LastSight>;
  /** What each metric is called. */
  titles: Readonly<Record<string, string>>;
  mayStart: boolean;
}

/** What is measured, how long that takes and what it could see; the command that does the same stands below. */
export function NewRunForm({ list, first, lastSights, titles, mayStart }: Props) {
  const [form, setForm] = useState(() => formOf(experimentOf(list, first.experiment), first));
  const start = useStart('/actions/run');
  const experiment = experimentOf(list, form.experiment);
  const wanted = requestOf(form, experiment);
  const primary = titles[experiment.primary] ?? experiment.primary;
  const change = (changes: Partial<RunForm>) => setForm({ ...form, ...changes });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mayStart) void start.start(wanted);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.fields}>
        <Field title="Experiment" hint={experiment.title}>
          <select
            value={form.experiment}
            onChange={({ target }) => setForm(formOf(experimentOf(list, target.value)))}
          >
            {list.experiments.map(({ key }) => (
              <option key={key}>{key}</option>
            ))}
          </select>
        </Field>
        {experiment.candidates.length > 1 ? (
          <Field title="Candidate" hint={`against ${experiment.baseline.name}`}>
            <select value={form.candidate} onChange={({ target }) => change({ candidate: target.value })}>
              {experiment.candidates.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
        ) : null}
        <Field title="Plan" hint="the lengths below">
          <select
            value={form.plan}
            onChange={({ target }) =>
              setForm(formOf(experiment, { plan: target.value, candidate: form.candidate }))
            }
          >
            {experiment.plans.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        <Field title="Scenario" hint="what the load asks for">
          <select value={form.scenario} onChange={({ target }) => change({ scenario: target.value })}>
            <option value="">the experiment’s own</option>
            {list.scenarios
              .filter((scenario) => scenario !== experiment.load.scenario)
              .map((scenario) => (
                <option key={scenario}>{scenario}</option>
              ))}
          </select>
        </Field>
        <What form={form} experiment={experiment} primary={primary} />
      </div>
      <Modes form={form} experiment={experiment} change={change} />
      <Lengths form={form} experiment={experiment} change={change} />
      <Forecast
        form={form}
        experiment={experiment}
        primary={primary}
        last={lastSights[experiment.key] ?? null}
      />
      <div className={styles.field}>
        <span>The same on the command line</span>
        <CopyCommand command={commandText(runArguments(wanted, list))} />
      </div>
      {mayStart ? (
        <div className={styles.buttons}>
          <button type="submit" className={styles.primary} disabled={start.isAsking}>
            Start this run
          </button>
          <span className={styles.hint}>
            It goes on when this page is closed; its own page has a button to stop it.
          </span>
        </div>
      ) : null}
      <StartOutcome start={start} />
    </form>
  );
}

interface Part {
  form: RunForm;
  experiment: ListedExperiment;
}
type Change = (changes: Partial<RunForm>) => void;

function What({
  form,
  experiment: { baseline, candidates, load, thresholds },
  primary,
}: Part & { primary: string }) {
  const candidate = candidates.find(({ name }) => name === form.candidate);
  return (
    <div className={`${styles.what} ${styles.wide}`}>
      <p>
        <b>{baseline.name}</b> {baseline.title}
      </p>
      <p>
        <b>{candidate?.name}</b> {candidate?.title}
      </p>
      <p>
        Load: {load.scenario ?? load.requests.join(', ')}. Decided by {primary}
        {thresholds.length > 0 ? `; goals ${thresholds.join(', ')}` : ''}.
      </p>
    </div>
  );
}

function Modes({ form, experiment, change }: Part & { change: Change }) {
  const modes: { mode: RunForm['mode']; title: string; hint: string }[] = [
    {
      mode: 'auto',
      title: 'Automatic',
      hint: experiment.isolatedBecause
        ? `Isolated: ${experiment.isolatedBecause}.`
        : 'A pilot of some seconds chooses.',
    },
    { mode: 'fine', title: 'Fine', hint: 'Both alive, each request drawn between them: for small changes.' },
    { mode: 'isolated', title: 'Isolated', hint: 'One at a time: for large changes and absolute figures.' },
  ];
  return (
    <fieldset className={styles.field}>
      <legend>Mode</legend>
      <div className={styles.choices}>
        {modes.map(({ mode, title, hint }) => (
          <label key={mode} className={styles.choice}>
            <input
              type="radio"
              name="mode"
              value={mode}
              checked={form.mode === mode}
              onChange={() => change({ mode })}
            />
            {title}
            <span className={styles.hint}>{hint}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Lengths({ form, experiment, change }: Part & { change: Change }) {
  const { plan } = planOf(experiment, form.plan);
  const { load } = experiment;
  return (
    <div className={styles.fields}>
      <Field
        title="Blocks, at least and at most"
        hint={`a block is a round of each; plan ${plan.blocks.min} to ${plan.blocks.max}`}
      >
        <span className={styles.range}>
          <NumberField
            label="Blocks at least"
            value={form.blocksMin}
            min={2}
            max={Number(form.blocksMax) || 20}
            onChange={(blocksMin) => change({ blocksMin })}
          />
          to
          <NumberField
            label="Blocks at most"
            value={form.blocksMax}
            min={Math.max(2, Number(form.blocksMin) || 2)}
            max={20}
            onChange={(blocksMax) => change({ blocksMax })}
          />
        </span>
      </Field>
      <Field title="Window (s)" hint={`what counts of a round; plan ${plan.windowSeconds}`}>
        <NumberField
          value={form.window}
          min={0.5}
          max={7200}
          step="any"
          onChange={(window) => change({ window })}
        />
      </Field>
      <Field title="Warm-up (s)" hint={`before each window; plan ${plan.warmupSeconds}`}>
        <NumberField
          value={form.warmup}
          min={0}
          max={7200}
          step="any"
          onChange={(warmup) => change({ warmup })}
        />
      </Field>
      <Field title="Virtual users" hint={`experiment ${load.vus}`}>
        <NumberField value={form.vus} min={1} max={10_000} onChange={(vus) => change({ vus })} />
      </Field>
      <Field
        title="Requests per second"
        hint={
          load.ratePerSecond === null
            ? 'empty: as many as the users make'
            : `experiment ${load.ratePerSecond}`
        }
      >
        <NumberField
          value={form.rate}
          min={0.1}
          max={1_000_000}
          step="any"
          optional={load.ratePerSecond === null}
          onChange={(rate) => change({ rate })}
        />
      </Field>
    </div>
  );
}

function Forecast({ form, experiment, primary, last }: Part & { primary: string; last: LastSight | null }) {
  const sight = sightWords(form, experiment);
  return (
    <div className={styles.forecast} aria-live="polite">
      <div>
        <p className={styles.figureTitle}>It takes</p>
        <p className={styles.figure} data-duration>
          {durationWords(form, experiment)}
        </p>
        <p className={styles.hint}>
          {form.blocksMin === form.blocksMax ? '' : 'A run stops as soon as it is certain. '}
          {form.mode === 'auto' && canBeFine(experiment) ? 'Fine mode is the shorter one. ' : ''}
          Starting what the service needs comes on top: minutes the first time, seconds later.
        </p>
      </div>
      <div>
        <p className={styles.figureTitle}>It could see a change of</p>
        <p className={styles.figure}>{sight?.effect ?? 'not known yet'}</p>
        <p className={styles.hint}>
          {sight ? (
            `${primary}, ${sight.detail}.`
          ) : (
            <>
              Nobody has calibrated these settings on this machine:{' '}
              <code>npx dyno calibrate {experiment.key}</code>.
              {last
                ? ` The last run could have seen ${detectable(last.effect)} in ${last.metric}, with ${last.blocks} blocks.`
                : ''}
            </>
          )}
        </p>
      </div>
    </div>
  );
}

function Field({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is its child.
    <label className={styles.field}>
      <span>{title}</span>
      {children}
      <span className={styles.hint}>{hint}</span>
    </label>
  );
}

function NumberField({
  label,
  value,
  min,
  max,
  step = 1,
  optional = false,
  onChange,
}: {
  label?: string;
  value: string;
  min: number;
  max: number;
  step?: number | 'any';
  optional?: boolean;
  onChange(text: string): void;
}) {
  const isWrong = value === '' ? !optional : !(Number(value) >= min && Number(value) <= max);
  return (
    <input
      type="number"
      inputMode="decimal"
      aria-label={label}
      aria-invalid={isWrong}
      value={value}
      min={min}
      max={max}
      step={step}
      required={!optional}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

function experimentOf({ experiments }: ExperimentList, key: string): ListedExperiment {
  const found = experiments.find((one) => one.key === key) ?? experiments[0];
  if (!found) throw new Error('The form is shown where there is an experiment.');
  return found;
}
