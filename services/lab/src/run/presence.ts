import type { PlanFile } from '@dyno/contracts/run';
import type { Generators } from './generators.ts';
import type { LiveView } from './live.ts';
import { RoundLost } from './lost.ts';
import { readProcess } from './proc.ts';
import type { Child } from './processes.ts';
import { fallsSilent } from './ready.ts';
import type { Service } from './service.ts';

/** Parts of the stack whose CPU is the variant's too, by name. */
export type PartPids = Record<string, () => Promise<number[]>>;

/** A part that ran when the round began and is not there any more, or is another process. */
export async function partDied(partPids: PartPids, before: Map<string, number[]>): Promise<RoundLost | null> {
  const now = await findParts(partPids);
  const dead = [...before].filter(([part, pids]) => !pids.every((pid) => now.get(part)?.includes(pid)));
  if (dead.length === 0) return null;
  return new RoundLost('stack-died', `${dead.map(([part]) => part).join(' and ')} died during the round`);
}

export async function findParts(partPids: PartPids): Promise<Map<string, number[]>> {
  const entries = Object.entries(partPids).map(async ([part, find]) => [part, await find()] as const);
  return new Map(await Promise.all(entries));
}

/** One that hangs leaves the fast answers before and no slow one: it would look good. Without load it has time to answer. */
export async function assertServing(
  services: readonly Service[],
  { plan, signal }: { plan: PlanFile; signal: AbortSignal },
): Promise<void> {
  const { readyPath } = plan.experiment.service;
  const why = await Promise.all(
    services.map(async ({ child, baseUrl }) => {
      if (child && readProcess(child.pid)?.state === 'T') return 'is stopped';
      return (await fallsSilent(baseUrl + readyPath, signal)) ? 'does not answer any more' : null;
    }),
  );
  const index = why.findIndex((one) => one !== null);
  if (index < 0) return;
  const child = services[index]?.child;
  const name = child?.what ?? services[index]?.baseUrl;
  throw new RoundLost('service-died', `${name} ${why[index]}${await lastWords(child)}`);
}

async function lastWords(child: Child | null | undefined): Promise<string> {
  const tail = await child?.logTail(20);
  return tail ? `.\nIts log ends with:\n${tail}` : '.';
}

/** k6 writes its last samples when it ends; a service whose only answers are among them is slow, not dead. */
export async function assertAnswered(
  live: LiveView,
  { tails }: Generators,
  window: { startMs: number; endMs: number } | undefined,
): Promise<void> {
  if (live.requests > 0) return;
  const requests = (await Promise.all(tails.map((tail) => tail.read()))).flatMap((read) => read.requests);
  if (window && requests.some(({ timeMs }) => timeMs >= window.startMs && timeMs < window.endMs)) return;
  throw new RoundLost('service-died', 'no request was answered within the window');
}

/** Requests may have gone to somebody else since it was ready. */
export function assertStillOurs(service: Service): void {
  try {
    service.assertOwnsPort();
  } catch (error) {
    throw new RoundLost('port', error instanceof Error ? error.message : String(error));
  }
}
