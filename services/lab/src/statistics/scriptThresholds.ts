import type { Report } from '@dyno/contracts/report';
import type { Round } from '@dyno/contracts/run';

/**
 * The thresholds of a k6 script that the candidate has crossed: in more than half of its rounds, because k6 judges each
 * round by itself and a single one may be luck. What the baseline crosses is what the candidate is there to mend.
 */
export function crossedByScript(rounds: readonly Round[], candidate: string): Report['thresholds'] {
  const own = rounds.filter(({ variant }) => variant === candidate);
  const all = new Set(own.flatMap(({ load }) => load.crossed ?? []));
  return [...all].flatMap((threshold) => {
    const times = own.filter(({ load }) => load.crossed?.includes(threshold)).length;
    if (times * 2 <= own.length) return [];
    const detail = `k6 reports ${threshold} as crossed in ${times} of ${own.length} rounds of ${candidate}`;
    return [{ threshold, kind: 'absolute' as const, value: null, passed: false, detail }];
  });
}
