import type { Experiment } from '@dyno/contracts/experiment';
import type { Report } from '@dyno/contracts/report';
import { change, digits, duration, percent, plural } from '@dyno/lab/format';
import { dateTime } from '../lib/dates.ts';
import type { Run } from '../lib/results.ts';
import { modeWords, sharingWords, wordsOfCause } from '../lib/words.ts';
import styles from './Method.module.css';
import { Section } from './Section.tsx';
import tables from './tables.module.css';

/** May I trust it? How it was measured, what was left out, and what this machine can tell apart. */
export function Method({ run, report }: { run: Run; report: Report }) {
  return (
    <Section id="method" title="How it was measured" subtitle={report.method}>
      <div className={styles.parts}>
        <Mode run={run} report={report} />
        <Facts rows={planRows(run, report)} />
        <Exclusions report={report} />
      </div>
    </Section>
  );
}

function Mode({ run, report }: { run: Run; report: Report }) {
  const pilot = run.plan?.pilot ?? null;
  return (
    <div className={styles.mode}>
      <h3 className={styles.title}>{sentenceCase(modeWords[report.mode])}</h3>
      <p>{sentenceCase(report.modeReason)}</p>
      {report.mode === 'fine' ? (
        <p>
          What the figures mean: the two shared this machine, its database and its caches, and{' '}
          {run.plan ? sharingWords(run.plan.experiment.load, report.seed) : 'the load'}. So the change says
          what a request costs more or less under the same conditions. Absolute latency and requests per
          second are those of a machine that serves both: compare them with each other, not with other runs.
          CPU per request counts the service's own processes alone.
        </p>
      ) : null}
      {pilot ? (
        <p className={styles.muted}>
          The pilot took {duration(pilot.seconds)}: {percent(pilot.utilization)} of the machine busy
          {pilot.latencyRatio === null ? '' : `, latency ${change(pilot.latencyRatio)}`}
          {pilot.cpuRatio === null ? '' : `, CPU per request ${change(pilot.cpuRatio)}`}, database and cache{' '}
          {percent(pilot.sharedCpu)} of the CPU.
        </p>
      ) : null}
    </div>
  );
}

function planRows(run: Run, report: Report): [string, string][] {
  const plan = run.plan?.plan;
  const rows: [string, string][] = [
    ['Plan', report.planName],
    ['Blocks', `${report.blocks} counted, at most ${report.blocksMax}`],
    ['To the verdict', duration(report.secondsToVerdict)],
    ['Seed', String(report.seed)],
    ['Margin', `±${percent(report.margin)}`],
    ['Noise floor', noiseFloorWords(report)],
  ];
  if (plan)
    rows.splice(
      2,
      0,
      ['Looks', `from block ${plan.blocks.min} on`],
      ['Warm-up', duration(plan.warmupSeconds)],
      ['Window', duration(plan.windowSeconds)],
    );
  if (run.plan) rows.push(['Load', loadWords(run.plan.experiment.load)]);
  return rows;
}

function noiseFloorWords({ calibration, metrics, primary }: Report): string {
  if (!calibration) return 'not known: npx dyno calibrate';
  const floor = metrics.find(({ name }) => name === primary)?.noiseFloor ?? null;
  const source = `${plural(calibration.pairs, 'identical pair')}, ${dateTime(calibration.createdAt)}`;
  return floor === null ? source : `${percent(floor)} (${source})`;
}

export function loadWords(load: Experiment['load']): string {
  const what = load.scenario ?? `${plural(load.requests?.length ?? 0, 'kind')} of request`;
  return load.ratePerSecond === undefined
    ? `${plural(load.vus, 'virtual user')}, ${what}`
    : `${digits(load.ratePerSecond)} requests/s, at most ${plural(load.vus, 'virtual user')}, ${what}`;
}

function Facts({ rows }: { rows: [string, string][] }) {
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Every round that does not count, by cause; none is left out for being slow. */
function Exclusions({ report: { exclusions } }: { report: Report }) {
  if (exclusions.length === 0)
    return <p className={styles.muted}>No round was left out: every one that was measured counts.</p>;
  const byCause = [...Map.groupBy(exclusions, ({ cause }) => cause)];
  return (
    <div className={tables.scroll}>
      <table className={`${tables.plain} ${styles.exclusions}`}>
        <caption className={styles.title}>
          {plural(exclusions.length, 'round')} left out, for a cause that is not their outcome
        </caption>
        <thead>
          <tr>
            <th scope="col">Cause</th>
            <th scope="col">Round</th>
            <th scope="col">Block</th>
            <th scope="col" className={tables.text}>
              Variant
            </th>
            <th scope="col" className={tables.text}>
              Detail
            </th>
          </tr>
        </thead>
        <tbody>
          {byCause.flatMap(([cause, rounds]) =>
            rounds.map((exclusion, index) => (
              <tr key={exclusion.round}>
                {index === 0 ? (
                  <th scope="rowgroup" rowSpan={rounds.length}>
                    {wordsOfCause(cause)}
                  </th>
                ) : null}
                <td className={styles.figure}>{exclusion.round}</td>
                <td className={styles.figure}>{exclusion.block}</td>
                <td className={tables.text}>{exclusion.variant}</td>
                <td className={styles.detail}>{exclusion.detail}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}

const sentenceCase = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
