import type { Report } from '@dyno/contracts/report';
import type { PlanFile, Round } from '@dyno/contracts/run';
import { assigns } from '../experiment/sharedLoad.ts';
import { comparedVariants } from './pairs.ts';

/**
 * The thresholds of a k6 script that the candidate has crossed: in more than half of its rounds, because k6 judges each
 * round by itself and a single one may be luck. What the baseline crosses is what the candidate is there to mend.
 */
export function crossedByScript(plan: PlanFile, rounds: readonly Round[]): Report['thresholds'] {
  if (judgesTogether(plan)) return [];
  const { candidate } = comparedVariants(plan);
  return mostlyCrossed(rounds.filter(({ variant }) => variant === candidate.name)).map(
    ({ threshold, times, of }) => ({
      threshold,
      kind: 'absolute',
      value: null,
      passed: false,
      detail: `k6 reports ${threshold} as crossed in ${times} of ${of} rounds of ${candidate.name}`,
    }),
  );
}

/** What one k6 has crossed with the requests of both variants: nobody can tell whose they were. */
export function crossedTogether(plan: PlanFile, rounds: readonly Round[]): string[] {
  if (!judgesTogether(plan)) return [];
  const { candidate } = comparedVariants(plan);
  // Written in the line of each variant.
  return mostlyCrossed(rounds.filter(({ variant }) => variant === candidate.name)).map(
    ({ threshold, times, of }) =>
      `k6 reports ${threshold} as crossed in ${times} of ${of} blocks. It judged the requests of both variants together, so that this decides nothing about the candidate: use --mode isolated for that.`,
  );
}

/** Where the script draws the variant of each request, one k6 asks both. */
function judgesTogether({ mode, experiment }: PlanFile): boolean {
  return mode === 'fine' && assigns(experiment.load);
}

function mostlyCrossed(rounds: readonly Round[]): { threshold: string; times: number; of: number }[] {
  const all = new Set(rounds.flatMap(({ load }) => load.crossed ?? []));
  return [...all].flatMap((threshold) => {
    const times = rounds.filter(({ load }) => load.crossed?.includes(threshold)).length;
    return times * 2 > rounds.length ? [{ threshold, times, of: rounds.length }] : [];
  });
}
