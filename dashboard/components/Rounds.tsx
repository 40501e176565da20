import { VariantLabel } from '@dyno/charts/VariantLabel';
import type { Round } from '@dyno/contracts/run';
import { count, digits, milliseconds } from '@dyno/lab/format';
import { Table, TableTbody, TableTd, TableTh, TableThead, TableTr } from '@mantine/core';
import { Absent } from './Section.tsx';
import tables from './tables.module.css';

/** Every round with what it counted; while a run goes on this is what is known, and it is not judged. */
export function Rounds({
  isRunning,
  rounds,
  names,
}: {
  isRunning: boolean;
  rounds: Round[];
  names: { baseline: string; candidate: string };
}) {
  if (rounds.length === 0)
    return (
      <div className={tables.inset}>
        <Absent>{isRunning ? 'No round has ended yet.' : 'No round was kept.'}</Absent>
      </div>
    );
  return (
    <div className={tables.scroll}>
      <Table className={tables.table}>
        <TableThead>
          <TableTr>
            <TableTh>Round</TableTh>
            <TableTh className={tables.number}>Block</TableTh>
            <TableTh>Variant</TableTh>
            <TableTh className={tables.number}>Requests</TableTh>
            <TableTh className={tables.number}>Requests/s</TableTh>
            <TableTh className={tables.number}>Failed</TableTh>
            <TableTh className={tables.number}>CPU per request</TableTh>
            <TableTh className={tables.number}>Ready after</TableTh>
            <TableTh>Counts</TableTh>
          </TableTr>
        </TableThead>
        <TableTbody>
          {rounds.map((round) => (
            <TableTr key={round.round}>
              <TableTd>{round.round}</TableTd>
              <TableTd className={tables.number}>{round.block}</TableTd>
              <TableTd>
                <VariantLabel
                  side={round.variant === names.baseline ? 'baseline' : 'candidate'}
                  name={round.variant}
                />
              </TableTd>
              <TableTd className={tables.number}>{count(round.load.requests)}</TableTd>
              <TableTd className={tables.number}>
                {digits(round.load.requests / (round.window.durationMs / 1000))}
              </TableTd>
              <TableTd className={tables.number}>{count(round.load.failed)}</TableTd>
              <TableTd className={tables.number}>{cpuPerRequest(round)}</TableTd>
              <TableTd className={tables.number}>{milliseconds(round.readyMs)}</TableTd>
              <TableTd>{round.excluded ? `no: ${round.excluded.detail}` : 'yes'}</TableTd>
            </TableTr>
          ))}
        </TableTbody>
      </Table>
    </div>
  );
}

/** Of the service and its database and cache; the load generator is not part of a request's price. */
function cpuPerRequest(round: Round): string {
  const seconds = round.usage
    .filter((usage) => usage.process !== 'k6')
    .reduce((sum, usage) => sum + usage.cpuSeconds, 0);
  return round.load.requests === 0 ? '–' : milliseconds((seconds * 1000) / round.load.requests);
}
