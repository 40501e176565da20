import { type Round, schemaVersion, type TimelineFile } from '@dyno/contracts/run';
import { noise, type Run, warmupSeconds } from './plan.ts';

export function timelineOf(run: Run, rounds: Round[]): TimelineFile {
  const factorOf = (variant: string): number => (variant === 'naive' ? 1 : run.ratio);
  const seconds = Array.from(
    { length: warmupSeconds + run.windowSeconds },
    (_, index) => index - warmupSeconds,
  );
  const quantiles = Array.from({ length: 70 }, (_, index) => 1 - 10 ** (-index / 23));
  return {
    schemaVersion,
    latency: rounds.flatMap(({ round, block, variant }) =>
      seconds.map((second) => {
        const meanMs = run.baselineMs * factorOf(variant) * noise(round, second) * (second < -2 ? 1.5 : 1);
        const requests = Math.round((variant === 'naive' ? 33.4 : 49.1) * noise(second, round));
        return {
          round,
          block,
          variant,
          second,
          requests,
          failed: 0,
          meanMs,
          p5Ms: meanMs * 0.81,
          p50Ms: meanMs * 0.97,
          p95Ms: meanMs * 1.44,
        };
      }),
    ),
    cpu: rounds.flatMap(({ round, block, variant }) =>
      seconds.flatMap((second) =>
        Object.entries({ service: 0.72, mysql: 0.86, redis: 0.01, k6: 0.06 }).map(([process, cores]) => {
          const share = process === 'k6' ? 1 : Math.max(0.03, factorOf(variant));
          return {
            round,
            block,
            variant,
            second,
            process,
            cores: cores * share * noise(round, second, process),
            rssBytes: 9e7 * noise(round, process),
          };
        }),
      ),
    ),
    percentiles: ['naive', 'optimized'].flatMap((variant) =>
      quantiles.map((quantile) => {
        const ms = run.baselineMs * factorOf(variant) * (0.6 + 0.45 * Math.log10(1 / (1 - quantile)) ** 1.2);
        return { variant, quantile, ms, low: ms * 0.93, high: ms * 1.08 };
      }),
    ),
    distribution: ['naive', 'optimized'].flatMap((variant) =>
      Array.from({ length: 24 }, (_, index) => ({
        variant,
        fromMs: run.baselineMs * factorOf(variant) * 10 ** ((index - 12) / 40),
        toMs: run.baselineMs * factorOf(variant) * 10 ** ((index - 11) / 40),
        requests: Math.round(1 + 900 * Math.exp(-(((index - 9) / 5) ** 2))),
      })),
    ),
  };
}
