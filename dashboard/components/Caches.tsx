import type { Report } from '@dyno/contracts/report';
import { cachesTable } from '@dyno/lab/estimates';
import { Cells } from './MetricDetails.tsx';
import { Section } from './Section.tsx';

/** How often the caches of the services had the answer; nothing where no service said. */
export function Caches({ report }: { report: Report }) {
  const table = cachesTable(report);
  if (!table) return null;
  return (
    <Section id="caches" title="How often the caches had the answer" subtitle={table.legend} flush>
      <Cells caption="Hits of each cache" table={table} />
    </Section>
  );
}
