import { IntervalAxis, IntervalLane } from '@dyno/charts/IntervalLane';
import { ratioAxis } from '@dyno/charts/scale';
import type { DilutionFile, ObserverFile, ResponsesFile } from '@dyno/contracts/run';
import { change, changeInterval, count, levelOf, milliseconds, plural } from '@dyno/lab/format';
import type { Names } from '../lib/runPage.ts';
import styles from './Checks.module.css';
import { Absent, Section } from './Section.tsx';
import tables from './tables.module.css';

/** A variant that is fast because it answers something else must not win. */
export function Responses({
  responses: { compared, missing, differing },
  names,
}: {
  responses: ResponsesFile;
  names: Names;
}) {
  const title =
    compared === 0
      ? 'The answers were not compared'
      : differing.length === 0
        ? `Both variants answered ${plural(compared, 'request')} alike`
        : `${count(differing.length)} of ${plural(compared, 'answer')} differ`;
  return (
    <Section
      id="answers"
      title={title}
      subtitle="The same requests were put to both, and their answers laid side by side."
      flush={differing.length > 0}
    >
      {differing.length > 0 ? (
        <div className={tables.scroll}>
          <table className={`${tables.table} ${tables.lined} ${styles.answers}`}>
            <caption hidden>Answers that differ</caption>
            <thead>
              <tr>
                <th scope="col">Request</th>
                <th scope="col">What differs</th>
                <th scope="col">{names.baseline}</th>
                <th scope="col">{names.candidate}</th>
              </tr>
            </thead>
            <tbody>
              {differing.map(({ method, target, kind, path, baseline, candidate }) => (
                <tr key={`${method} ${target} ${kind} ${path}`}>
                  <th scope="row">
                    <code>
                      {method} {target}
                    </code>
                  </th>
                  <td>
                    {kind}
                    {path ? (
                      <>
                        {' '}
                        at <code>{path}</code>
                      </>
                    ) : null}
                  </td>
                  <td>
                    <code>{baseline}</code>
                  </td>
                  <td>
                    <code>{candidate}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {missing === '' ? null : <Absent>Not compared: {missing}</Absent>}
      {missing === '' && differing.length === 0 ? (
        <p className={styles.said}>
          Status, type and body agree in {compared === 1 ? 'it' : `all ${count(compared)}`}.
        </p>
      ) : null}
    </Section>
  );
}

const levelWords: Readonly<Record<ObserverFile['levels'][number]['level'], string>> = {
  off: 'off',
  metrics: 'metrics alone',
  sampled: 'metrics and few traces',
  full: 'every request traced',
};

/** What Dyno's own telemetry costs the service, level by level, each against the same with it off. */
export function Observer({ observer: { variant, blocks, levels } }: { observer: ObserverFile }) {
  const axis = ratioAxis(
    levels.map(({ cpuRatio }) => ({ ratio: cpuRatio, noiseFloor: null })),
    0.03,
  );
  return (
    <Section
      id="observer"
      title="What observing costs"
      subtitle={`CPU per request of ${variant} at each level of telemetry, beside the same with it off; ${plural(blocks, 'block')} behind the measured rounds.`}
      flush
    >
      <div className={tables.scroll}>
        <table className={`${tables.table} ${tables.lined}`}>
          <caption hidden>Cost of each level of telemetry</caption>
          <thead>
            <tr>
              <th scope="col">Telemetry</th>
              <th scope="col" className={tables.number}>
                CPU per request
              </th>
              <th scope="col" className={tables.number}>
                p50 latency
              </th>
              <th scope="col" className={styles.lane}>
                <IntervalAxis axis={axis} />
              </th>
              <th scope="col" className={tables.number}>
                Change of CPU
              </th>
            </tr>
          </thead>
          <tbody>
            {levels.map(({ level, cpuMsPerRequest, latencyMsP50, cpuRatio }) => (
              <tr key={level}>
                <th scope="row">{levelWords[level]}</th>
                <td className={tables.number}>{milliseconds(cpuMsPerRequest)}</td>
                <td className={tables.number}>{milliseconds(latencyMsP50)}</td>
                <td className={styles.lane}>
                  {cpuRatio ? (
                    <IntervalLane
                      axis={axis}
                      interval={cpuRatio}
                      none={1}
                      margin={null}
                      label={`${levelWords[level]}: ${change(cpuRatio.estimate)}, interval ${changeInterval(cpuRatio.low, cpuRatio.high)}`}
                    />
                  ) : null}
                </td>
                <td className={tables.number}>
                  {cpuRatio
                    ? `${change(cpuRatio.estimate)} (${changeInterval(cpuRatio.low, cpuRatio.high)}, ${levelOf(cpuRatio.level)})`
                    : '–'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** Whether sharing the machine has hidden a part of the change. */
export function Dilution({ dilution: { latencyRatio, cpuRatio } }: { dilution: DilutionFile }) {
  const said = [
    latencyRatio === null ? null : `median latency ${change(latencyRatio)}`,
    cpuRatio === null ? null : `CPU per request ${change(cpuRatio)}`,
  ].filter((words) => words !== null);
  return (
    <Section
      id="dilution"
      title="Each variant alone, once"
      subtitle="Variants that share a machine also share its waiting, which can hide a part of a change. One pair behind the blocks was measured one at a time, as a hint; it decides nothing."
    >
      <p className={styles.said}>
        {said.length > 0 ? `${said.join(', ')}.` : 'Neither latency nor CPU could be compared.'}
      </p>
    </Section>
  );
}
