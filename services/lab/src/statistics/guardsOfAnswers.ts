import type { Guard } from '@dyno/contracts/report';
import type { ResponsesFile } from '@dyno/contracts/run';
import { count, percent, plural } from '../format.ts';
import { type Counted, fail, listRounds, pass, warn } from './guard.ts';
import { comparedVariants, type RoundRow } from './pairs.ts';

export function blocksComplete({ plan, blocks }: Counted): Guard {
  const name = 'blocks complete';
  if (blocks.length >= 2) return pass(name, `${plural(blocks.length, 'complete block')}.`);
  return fail(
    name,
    `${plural(blocks.length, 'complete block')}, a comparison needs two at least.`,
    `Continue with "dyno run --resume ${plan.runId}".`,
  );
}

export function samplesComplete({ blocks, rounds }: Counted): Guard {
  const name = 'samples complete';
  const rows = allRows(blocks);
  const empty = rows.filter(({ requests }) => requests === 0);
  if (empty.length > 0) {
    return fail(
      name,
      `${listRounds(empty)} answered no request inside the window.`,
      "Look at the service's log in the run's folder.",
    );
  }
  const byRound = new Map(rounds.map((round) => [round.round, round]));
  const torn = rows.filter(({ round, requests }) => byRound.get(round)?.load.requests !== requests);
  if (torn.length > 0) {
    return fail(
      name,
      `${listRounds(torn)}: the kept samples and the number that was measured differ.`,
      'Run it again.',
    );
  }
  const total = rows.reduce((sum, { requests }) => sum + requests, 0);
  return pass(name, `Every request of ${plural(rows.length, 'window')} is kept, ${count(total)} in all.`);
}

/** A status that one variant gives that often and the other hardly ever is another answer, whatever its body says. */
const statusShareMax = 0.01;

/** A variant that is fast because it answers something else must not win. */
export function answersAlike(counted: Counted): Guard {
  const name = 'same answers';
  const { responses } = counted;
  const other = otherStatus(counted);
  if (other) {
    return fail(
      name,
      other,
      'Make both variants answer alike; what they answer is in the samples of the rounds. If that is meant to differ, list the status in ignoreStatuses of the experiment.',
    );
  }
  const [first] = responses?.differing ?? [];
  if (responses && first) {
    return fail(
      name,
      `The variants answer differently: ${describe(first)}${responses.differing.length > 1 ? `, and ${count(responses.differing.length - 1)} more` : ''}.`,
      'If that is meant to differ, list its path in ignoreInResponses, or behind --ignore of dyno compare.',
    );
  }
  if (!responses || responses.compared === 0) {
    return warn(
      name,
      `The answers were not compared${responses?.missing ? `: ${responses.missing}` : '.'}`,
      'Compare them yourself: a variant that answers less is faster.',
    );
  }
  const bodies = counted.plan.experiment.ignoreInResponses === null ? ' by status and type' : '';
  const also = responses.missing === '' ? '' : ` ${responses.missing}`;
  return pass(name, `Both variants answered ${plural(responses.compared, 'request')} alike${bodies}.${also}`);
}

/** Failures are told by the error rate; here it is about answers that count as good. */
function otherStatus({ plan, rounds }: Counted): string | null {
  const { baseline, candidate } = comparedVariants(plan);
  const ignored = plan.experiment.ignoreStatuses.map(String);
  const before = statusShares(rounds.filter(({ variant }) => variant === baseline.name));
  const after = statusShares(rounds.filter(({ variant }) => variant === candidate.name));
  for (const status of new Set([...before.keys(), ...after.keys()])) {
    if (ignored.includes(status)) continue;
    const shares = [before.get(status) ?? 0, after.get(status) ?? 0] as const;
    const isGood = Number(status) >= 100 && Number(status) < 400;
    if (!isGood || Math.max(...shares) < statusShareMax || Math.min(...shares) > statusShareMax / 10)
      continue;
    return `${percent(shares[0])} of the baseline's good answers have status ${status}, ${percent(shares[1])} of the candidate's.`;
  }
  return null;
}

function statusShares(rounds: Counted['rounds']): Map<string, number> {
  const counts = new Map<string, number>();
  let good = 0;
  for (const { statuses } of rounds) {
    for (const [status, requests] of Object.entries(statuses)) {
      if (Number(status) < 100 || Number(status) >= 400) continue;
      counts.set(status, (counts.get(status) ?? 0) + requests);
      good += requests;
    }
  }
  return new Map([...counts].map(([status, requests]) => [status, requests / Math.max(1, good)]));
}

function describe({
  method,
  target,
  kind,
  path,
  baseline,
  candidate,
}: ResponsesFile['differing'][number]): string {
  const where = kind === 'body' ? (path ? ` at ${path}` : ' in the body') : ` by ${kind}`;
  return `${method} ${target}${where}, ${shortened(baseline)} against ${shortened(candidate)}`;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function allRows(blocks: Counted['blocks']): RoundRow[] {
  return blocks.flatMap(({ baseline, candidate }) => [baseline, candidate]);
}
