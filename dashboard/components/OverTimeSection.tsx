import { overTime } from '@dyno/charts/series';
import { CpuOverTime, LatencyOverTime, Throughput } from '../explore/Lazy.tsx';
import type { Run } from '../lib/results.ts';
import page from './page.module.css';
import { Absent, Section } from './Section.tsx';

/** The three charts of the run under one time axis: latency, throughput, CPU. */
export function OverTimeSection({
  run,
  names,
}: {
  run: Run;
  names: { baseline: string; candidate: string };
}) {
  const data = run.timeline ? overTime(run.timeline, run.rounds, names) : null;
  if (!data)
    return (
      <Section id="over-time" title="Over time">
        <Absent>
          {run.timeline
            ? 'No second of any window was kept.'
            : 'Not measured yet: the charts are made from the raw samples when the measured rounds have ended.'}
        </Absent>
      </Section>
    );
  const bucket = data.bucketSeconds === 1 ? 'per second' : `per ${data.bucketSeconds} s`;
  return (
    <Section
      id="over-time"
      title="Over time"
      subtitle={`Minutes and seconds of the run, ${bucket}; tinted where a window is open, untinted in the warm-up. The cross-hair is the same in all three.`}
    >
      <div className={page.stack}>
        <div id="latency">
          <h3 className={page.chartTitle}>Latency</h3>
          <LatencyOverTime data={data} names={names} />
        </div>
        <div id="throughput">
          <h3 className={page.chartTitle}>Requests per second</h3>
          <Throughput data={data} names={names} />
        </div>
        <div id="cpu-over-time">
          <h3 className={page.chartTitle}>CPU, in cores</h3>
          <CpuOverTime data={data} names={names} />
        </div>
      </div>
    </Section>
  );
}
