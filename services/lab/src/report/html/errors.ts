import { Errors } from '@dyno/charts/Errors';
import { failures } from '@dyno/charts/series';
import { errorsTitle } from '@dyno/charts/titles';
import type { Report } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';
import { createElement as h, type ReactNode } from 'react';
import { count, levelOf, points, pointsInterval } from '../../format.ts';
import { dataTable, figure } from './parts.ts';

interface Names {
  baseline: string;
  candidate: string;
}

/** How many requests failed, and how many may have: zero of few says little. */
export function errorsFigure({ metrics }: Report, rounds: readonly Round[], names: Names): ReactNode {
  const counted = rounds.filter(({ excluded }) => excluded === null);
  const metric = metrics.find(({ name }) => name === 'errors.rate');
  if (!metric || counted.length === 0) return null;
  const failed = failures(counted, names);
  const { difference } = metric;
  const interval = difference
    ? `; bars: ${levelOf(difference.level)} interval; difference ${points(difference.estimate)} (${pointsInterval(difference.low, difference.high)})`
    : '';
  return figure(
    {
      id: 'errors',
      title: errorsTitle(failed, names),
      subtitle: `Share of failed requests, from 0${interval}.`,
    },
    h(Errors, { metric, failures: failed, names }),
    statusTable(counted, names),
  );
}

function statusTable(counted: readonly Round[], names: Names): ReactNode {
  const statuses = [...new Set(counted.flatMap((round) => Object.keys(round.statuses)))].sort();
  const answers = (variant: string, status: string) =>
    counted
      .filter((round) => round.variant === variant)
      .reduce((sum, round) => sum + (round.statuses[status] ?? 0), 0);
  return dataTable({
    caption: 'Answers by status',
    head: ['Status', names.baseline, names.candidate],
    rows: statuses.map((status) => [
      status === '0' ? 'no answer' : status,
      count(answers(names.baseline, status)),
      count(answers(names.candidate, status)),
    ]),
  });
}
