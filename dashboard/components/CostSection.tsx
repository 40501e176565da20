import { CpuBars } from '@dyno/charts/CpuBars';
import type { Report } from '@dyno/contracts/report';
import { beforeAfter, changeInterval, levelOf, milliseconds, quantities } from '@dyno/lab/format';
import { ChartFrame } from '../explore/ChartFrame.tsx';
import { FigureTable, figure } from './FigureTable.tsx';

/** CPU of one request, by process; the interval belongs to the total, which alone is tested. */
export function CostSection({ report }: { report: Report }) {
  const { baseline, candidate, cpuMsPerRequest, mode } = report;
  const names = { baseline: baseline.name, candidate: candidate.name };
  const processes = [
    ...new Set([...Object.keys(cpuMsPerRequest.baseline), ...Object.keys(cpuMsPerRequest.candidate)]),
  ];
  if (processes.length === 0) return null;
  const metric = report.metrics.find(({ name }) => name === 'cpu.perRequest');
  const title = metric
    ? `One request costs ${beforeAfter(metric.baseline.estimate, metric.candidate.estimate, metric.unit)} of CPU`
    : 'CPU of one request by process';
  return (
    <ChartFrame
      id="cpu"
      title={title}
      subtitle={`CPU milliseconds per request by process over all windows, from 0${metric?.ratio ? `; ${levelOf(metric.ratio.level)} interval of the change ${changeInterval(Math.max(metric.ratio.low, 1e-6), metric.ratio.high)}` : ''}`}
      howToRead={`CPU time over the requests that were answered, split by what each process used over all windows. It is what a request costs, also where the machine is not busy. Both bars have the same axis; a bar that would be too short to see is drawn again, magnified.${mode === 'fine' ? ' Both variants were alive at once: only the own processes of each are shown, database and cache serve both.' : ''}`}
      legend={false}
      drawn={<CpuBars names={names} cpuMsPerRequest={cpuMsPerRequest} />}
      table={
        <FigureTable
          caption="CPU milliseconds of one request by process"
          columns={[
            { title: 'Process', csv: 'process' },
            { title: names.baseline, csv: `${names.baseline}, ms CPU per request` },
            { title: names.candidate, csv: `${names.candidate}, ms CPU per request` },
          ]}
          rows={[
            ...processes.map((process) => [
              { text: process, value: process },
              figure(cpuMsPerRequest.baseline[process], milliseconds),
              figure(cpuMsPerRequest.candidate[process], milliseconds),
            ]),
            ...(metric ? totalsOf(metric) : []),
          ]}
        />
      }
    />
  );
}

function totalsOf({ baseline, candidate }: Report['metrics'][number]) {
  const [before = '', after = ''] = quantities([baseline.estimate, candidate.estimate], 'ms');
  return [
    [
      { text: 'all that counts', value: 'all that counts' },
      { text: before, value: baseline.estimate },
      { text: after, value: candidate.estimate },
    ],
    [
      { text: 'from', value: 'interval low' },
      figure(baseline.low, milliseconds),
      figure(candidate.low, milliseconds),
    ],
    [
      { text: 'to', value: 'interval high' },
      figure(baseline.high, milliseconds),
      figure(candidate.high, milliseconds),
    ],
  ];
}
