import { join } from 'node:path';
import type { Experiment } from '@dyno/contracts/experiment';
import { assigns } from '../experiment/sharedLoad.ts';
import { type CsvTail, scenarioOf, startK6, type Target } from './k6.ts';
import type { Child, Processes } from './processes.ts';

export interface GeneratorSpec {
  project: string;
  k6: string;
  load: Experiment['load'];
  durationSeconds: number;
  /** A script with a load of its own may end after that. */
  neededSeconds: number;
  traceSampling: number;
  drawSeed: number;
  logFolder: string;
  /** Who gets requests, with the file that its samples may be written to. */
  targets: readonly [LoadTarget, ...LoadTarget[]];
}

export interface LoadTarget extends Target {
  csvFile: string;
  /** Begins the names of its logs. */
  name: string;
}

/** Where the requests to a variant were written: a file of its own, or one for all with a tag on each request. */
export interface SampleSource {
  csvFile: string;
  variant?: string;
}

/** The load of one round, or of both variants of a block: one k6, or one for each variant. */
export interface Generators {
  children: Child[];
  tails: CsvTail[];
  /** In the order of the targets. */
  sources: SampleSource[];
}

/** The experiment's load, whoever gets it: variants that are alive together share it. */
export async function startGenerators(processes: Processes, spec: GeneratorSpec): Promise<Generators> {
  const [first, ...others] = spec.targets;
  if (others.length === 0 || assigns(spec.load)) {
    const { child, tail } = await startOne(processes, spec, spec.targets);
    return {
      children: [child],
      tails: [tail],
      sources: spec.targets.map(({ variant }) => ({
        csvFile: first.csvFile,
        ...(others.length > 0 ? { variant } : {}),
      })),
    };
  }
  const results = await Promise.allSettled(
    spec.targets.map((target, index) =>
      startOne(processes, spec, [target], { index, of: spec.targets.length }),
    ),
  );
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    // Nobody else knows of the one that has started.
    await Promise.all(started.map(({ child }) => child.stop()));
    throw failed.reason;
  }
  return {
    children: started.map(({ child }) => child),
    tails: started.map(({ tail }) => tail),
    sources: spec.targets.map(({ csvFile }) => ({ csvFile })),
  };
}

function startOne(
  processes: Processes,
  spec: GeneratorSpec,
  targets: GeneratorSpec['targets'],
  part?: { index: number; of: number },
): Promise<{ child: Child; tail: CsvTail }> {
  const { load } = spec;
  const [{ csvFile, name }] = targets;
  return startK6(processes, {
    k6: spec.k6,
    scenario: scenarioOf(spec.project, load),
    targets: strip(targets),
    drawSeed: spec.drawSeed,
    requests: load.requests,
    vus: load.vus,
    ratePerSecond: load.ratePerSecond ?? null,
    replacesOptions: load.replacesOptions,
    ...(part ? { part } : {}),
    durationSeconds: spec.durationSeconds,
    neededSeconds: spec.neededSeconds,
    traceSampling: spec.traceSampling,
    csvFile,
    logFile: join(spec.logFolder, `${name}-k6.log`),
  });
}

function strip([first, ...others]: GeneratorSpec['targets']): [Target, ...Target[]] {
  const bare = ({ variant, baseUrl }: Target): Target => ({ variant, baseUrl });
  return [bare(first), ...others.map(bare)];
}
