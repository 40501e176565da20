import exec from 'k6/execution';
import type { Options } from 'k6/options';

/** What the lab tells a scenario, through its environment. By hand: `k6 run -e BASE_URL=http://127.0.0.1:28080 ...`; the rest has defaults. */
export interface Load {
  baseUrl: string;
  vus: number;
  /** Iterations started per second; null is the closed model, in which a user waits for the answer. */
  ratePerSecond: number | null;
  durationSeconds: number;
  /** Share of requests whose trace is recorded. */
  traceSampling: number;
}

export const load: Load = {
  baseUrl: readBaseUrl(),
  vus: readNumber('VUS', 50),
  ratePerSecond: __ENV.RATE ? readNumber('RATE', 0) : null,
  durationSeconds: readNumber('DURATION_SECONDS', 30),
  traceSampling: readNumber('TRACE_SAMPLING', 0),
};

/** Open model when RATE is set, closed model otherwise. */
export function loadOptions(from: Load): Options {
  const duration = `${from.durationSeconds}s`;
  // Iterations under way at the end are cut off: they lie behind the measured window.
  const gracefulStop = '0s';
  return {
    // Names, protocols and urls would be in every row of the samples, and nobody reads them there.
    systemTags: ['status', 'check', 'error_code'],
    scenarios:
      from.ratePerSecond === null
        ? { closed: { executor: 'constant-vus', vus: from.vus, duration, gracefulStop } }
        : {
            open: {
              executor: 'constant-arrival-rate',
              ...wholeRate(from.ratePerSecond),
              duration,
              gracefulStop,
              // All of them from the start: making more in mid-run disturbs the measurement.
              preAllocatedVUs: from.vus,
              maxVUs: from.vus,
            },
          },
  };
}

/** A load that changes while it lasts: shares of the whole duration, each ending at so many times the usual users or rate. */
export type Shape = readonly { share: number; times: number }[];

/** The same two models over a shape. The open one starts as many iterations as it is told, however slow the answers become. */
export function shapedOptions(from: Load, shape: Shape): Options {
  const { vus, ratePerSecond, durationSeconds } = from;
  const most = Math.max(...shape.map(({ times }) => times));
  const whole = shape.reduce((sum, { share }) => sum + share, 0);
  const stages = (usual: number) =>
    shape.map(({ share, times }) => ({
      duration: `${Math.ceil((durationSeconds * 1000 * share) / whole)}ms`,
      target: Math.max(1, Math.round(usual * times)),
    }));
  const open = ratePerSecond === null ? null : wholeRate(ratePerSecond);
  return {
    ...loadOptions(from),
    scenarios:
      open === null
        ? {
            closed: {
              executor: 'ramping-vus',
              startVUs: 1,
              stages: stages(vus),
              gracefulStop: '0s',
              gracefulRampDown: '0s',
            },
          }
        : {
            open: {
              executor: 'ramping-arrival-rate',
              startRate: 1,
              timeUnit: open.timeUnit,
              stages: stages(open.rate),
              preAllocatedVUs: Math.ceil(vus * most),
              maxVUs: Math.ceil(vus * most),
              gracefulStop: '0s',
            },
          },
  };
}

/** Seconds that a user waits before the first iteration: all of them at once would be a burst that no real service sees. */
export function firstWait(withinSeconds: number): number {
  return load.ratePerSecond === null && exec.vu.iterationInScenario === 0 ? Math.random() * withinSeconds : 0;
}

/** k6 takes whole rates only; 2.5 a second is 25 in ten seconds. */
function wholeRate(perSecond: number): { rate: number; timeUnit: string } {
  for (const seconds of [1, 10, 100, 1000]) {
    if (Number.isInteger(perSecond * seconds)) return { rate: perSecond * seconds, timeUnit: `${seconds}s` };
  }
  return { rate: Math.max(1, Math.round(perSecond * 1000)), timeUnit: '1000s' };
}

function readBaseUrl(): string {
  const url = __ENV.BASE_URL;
  if (!url)
    throw new Error('BASE_URL is missing: the address of the service, for example http://127.0.0.1:28080');
  return url.replace(/\/+$/, '');
}

function readNumber(name: string, fallback: number): number {
  const text = __ENV[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name}=${text} is not a number of 0 or more`);
  return value;
}
