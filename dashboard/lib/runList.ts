import { slugSchema } from '@dyno/contracts/experiment';
import { overallVerdictSchema } from '@dyno/contracts/metrics';
import { z } from 'zod';
import { oneOf } from './addressQuery.ts';
import { type RunSummary, runSummaries } from './runIndex.ts';
import { runStates } from './runState.ts';

/** What a run came out as: its verdict, or the state in which it got none. */
export const outcomes = [
  ...overallVerdictSchema.options,
  ...runStates.filter((state) => state !== 'running' && state !== 'finished'),
] as const;
export type OutcomeWord = (typeof outcomes)[number];

const none = z.literal('');
const day = z.union([z.iso.date('a day, as 2026-11-21'), none]).default('');

/** The one description of what the address of the list can say. */
export const runsQuerySchema = z.object({
  q: z.string().max(200, 'at most 200 characters').trim().default(''),
  experiment: z.union([slugSchema, none], 'a name of an experiment').default(''),
  verdict: z.union([z.enum(outcomes), none], oneOf(outcomes)).default(''),
  since: day,
  until: day,
  from: z.coerce.number('a number').int().min(0, 'a number from 0 on').max(1e6).default(0),
});
export type RunsQuery = z.infer<typeof runsQuerySchema>;

export interface RunList {
  /** Under way; no filter hides it. */
  running: RunSummary[];
  /** One page of what matches. */
  runs: RunSummary[];
  /** How many match. */
  matching: number;
  /** How many there are, those under way included. */
  total: number;
  /** What the filters would find: each count heeds the other filters. */
  experiments: Count[];
  outcomes: Count<OutcomeWord>[];
}

interface Count<Name extends string = string> {
  name: Name;
  runs: number;
}

/** Newest first. */
export async function listRuns(query: RunsQuery, limit: number): Promise<RunList> {
  const all = await runSummaries();
  const running = all.filter(({ state }) => state === 'running');
  const found = asked(all, query);
  const ofExperiment = found.filter((run) => query.experiment === '' || run.experiment === query.experiment);
  const ofVerdict = found.filter((run) => query.verdict === '' || outcomeWord(run) === query.verdict);
  const matching =
    query.verdict === '' ? ofExperiment : ofExperiment.filter((run) => outcomeWord(run) === query.verdict);
  const experiments = counted(ofVerdict.map(({ experiment }) => experiment ?? ''));
  const words = counted(ofExperiment.map(outcomeWord));
  return {
    running,
    runs: matching.slice(query.from, query.from + limit),
    matching: matching.length,
    total: all.length,
    experiments: [...experiments]
      .filter(([name]) => name !== '')
      .map(([name, runs]) => ({ name, runs }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    outcomes: outcomes.flatMap((name) => {
      const runs = words.get(name) ?? 0;
      return runs > 0 || name === query.verdict ? [{ name, runs }] : [];
    }),
  };
}

function outcomeWord({ state, outcome }: RunSummary): OutcomeWord {
  if (state === 'finished' || state === 'running') return outcome?.verdict ?? 'incomplete';
  return state;
}

/** Text and dates; each word must be found somewhere in what the list shows of the run. */
function asked(runs: RunSummary[], { q, since, until }: RunsQuery): RunSummary[] {
  const words = q.toLowerCase().split(/\s+/);
  const first = since === '' ? Number.NEGATIVE_INFINITY : startOf(since);
  const end = until === '' ? Number.POSITIVE_INFINITY : startOf(until, 1);
  return runs.filter(({ state, createdAt, searched }) => {
    if (state === 'running' || !words.every((word) => searched.includes(word))) return false;
    const createdMs = createdAt === null ? 0 : Date.parse(createdAt);
    return createdMs >= first && createdMs < end;
  });
}

/** In the machine's own time zone, as dates are shown. */
function startOf(date: string, daysLater = 0): number {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, dayOfMonth + daysLater).getTime();
}

function counted<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The address of the list with other words in it; what is as usual is left out. */
export function runsAddress(query: RunsQuery, changed: Partial<RunsQuery>): string {
  const address = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...query, from: 0, ...changed }))
    if (value !== '' && value !== 0) address.set(key, String(value));
  const text = address.toString();
  return text === '' ? '/' : `/?${text}`;
}
