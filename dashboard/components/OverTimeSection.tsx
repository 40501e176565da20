import { CpuOverTime } from '@dyno/charts/CpuOverTime';
import { LatencyOverTime } from '@dyno/charts/LatencyOverTime';
import { MemoryOverTime } from '@dyno/charts/MemoryOverTime';
import { roundFigures } from '@dyno/charts/roundFigures';
import type { OverTime } from '@dyno/charts/series';
import { Throughput } from '@dyno/charts/Throughput';
import { cpuTitle, latencyTitle, memoryTitle, throughputTitle } from '@dyno/charts/titles';
import { count } from '@dyno/lab/format';
import { LatencyTable, ProcessTable, ThroughputTable } from '../explore/roundTables.tsx';
import { TimeAxisProvider } from '../explore/TimeAxis.tsx';
import { TimeFrame } from '../explore/TimeFrame.tsx';
import type { Run } from '../lib/results.ts';
import type { Names } from '../lib/runPage.ts';
import { endOf, timeSeries } from '../lib/series.ts';
import { shownSides, type ViewState } from '../lib/viewState.ts';
import page from './page.module.css';
import { Absent, Section } from './Section.tsx';

type Part = readonly [number, number];

/** The charts of the run under one time axis: latency, throughput, CPU, memory. */
export function OverTimeSection({
  run,
  names,
  data,
  state,
}: {
  run: Run;
  names: Names;
  data: OverTime | null;
  state: ViewState;
}) {
  if (!data)
    return (
      <Section id="over-time" title="Over time">
        <Absent>
          {run.timeline
            ? 'No second of any window was kept.'
            : 'Not measured yet: the charts come with the first whole block, and grow with each.'}
        </Absent>
      </Section>
    );
  const blocks = blocksOf(data);
  const part = state.t ?? blocks.find(({ block }) => block === state.block)?.part ?? null;
  return (
    <section id="over-time" className={page.group} aria-labelledby="over-time-title">
      <h2 id="over-time-title" className={page.groupTitle}>
        Over time
      </h2>
      <TimeAxisProvider version={`${data.bands.length}`} endSeconds={endOf(data)} blocks={blocks}>
        <Charts run={run} names={names} data={data} part={part} state={state} />
      </TimeAxisProvider>
    </section>
  );
}

function Charts({
  run,
  names,
  data,
  part,
  state,
}: {
  run: Run;
  names: Names;
  data: OverTime;
  part: Part | null;
  state: ViewState;
}) {
  const shown = shownSides(state);
  const drawn = { data: timeSeries(run, names, part) ?? data, names, part, shown };
  const rounds = roundFigures(data);
  const per = data.bucketSeconds === 1 ? 'per second' : `per ${data.bucketSeconds}\u00a0s`;
  const windows = `${count(data.bands.length)} rounds; tinted where a window is open`;
  return (
    <>
      <TimeFrame
        id="latency"
        figures="latency"
        title={latencyTitle(data, names)}
        subtitle={`Latency in ms ${per}: line p50, band p5 to p95; ${windows}`}
        hint="line: p50, band: p5 to p95"
        howToRead="The line is the median of each moment, the band reaches from its p5 to its p95. A gap is a time in which that variant was not measured. Steady lines mean that the windows show the service as it is; a trend or a step inside of a window is worth a look at the other charts at the same moment."
        drawn={<LatencyOverTime {...drawn} scale={state.scale} />}
        table={<LatencyTable names={names} rounds={rounds} />}
      />
      <TimeFrame
        id="throughput"
        figures="throughput"
        title={throughputTitle(data, names)}
        subtitle={`Answered requests ${per}, from 0; ${windows}`}
        hint="requests answered in each second; from 0"
        howToRead="How much of the load was answered. Users wait for an answer before they ask again, so a faster service answers more; at a fixed rate throughput is what was asked for, not an outcome."
        drawn={<Throughput {...drawn} />}
        table={<ThroughputTable names={names} rounds={rounds} />}
      />
      <TimeFrame
        id="cpu-over-time"
        figures="cpu"
        title={cpuTitle(data, names)}
        subtitle={`CPU in cores by process ${per}, stacked from 0; ${windows}`}
        hint={
          data.isOverlapping
            ? 'stacked; of what serves both variants at once, half is in each panel'
            : 'stacked, from 0; dotted: all of the machine'
        }
        howToRead="How many cores each process kept busy, stacked; the dotted line is the machine. Where the stack reaches it, the machine is the limit and latency is mostly waiting."
        parts={data.processes}
        drawn={<CpuOverTime {...drawn} />}
        table={<ProcessTable kind="cpu" names={names} rounds={rounds} processes={data.processes} />}
      />
      <TimeFrame
        id="memory"
        figures="memory"
        title={memoryTitle(data, names)}
        subtitle={`Resident memory by process ${per}, from 0; ${windows}`}
        hint={
          data.isOverlapping
            ? 'stacked; what serves both variants is in the panel of each'
            : 'stacked, from 0'
        }
        howToRead="Memory that is in RAM, stacked by process with its children; pages that two of them share are counted with each. A service that is started anew for each round begins low again; a line that keeps rising inside of a window may be a leak, or a cache that is still filling."
        parts={data.processes}
        drawn={<MemoryOverTime {...drawn} />}
        table={<ProcessTable kind="memory" names={names} rounds={rounds} processes={data.processes} />}
      />
    </>
  );
}

/** From the first warm-up of a block to the end of its last window. */
function blocksOf({ bands }: OverTime): { block: number; part: Part }[] {
  return [...Map.groupBy(bands, ({ block }) => block)].map(([block, own]) => ({
    block,
    part: [
      own.reduce((from, band) => Math.min(from, band.fromSeconds), Infinity),
      own.reduce((to, band) => Math.max(to, band.toSeconds), 0),
    ],
  }));
}
