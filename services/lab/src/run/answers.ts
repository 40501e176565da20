import { isDeepStrictEqual } from 'node:util';
import type { ResponsesFile } from '@dyno/contracts/run';
import { DynoError } from '../errors.ts';

/** What came back for a request; status 0 is no answer. */
export interface Answer {
  status: number;
  /** Media type without parameters. */
  type: string;
  body: Buffer;
}

export type Difference = Pick<ResponsesFile['differing'][number], 'kind' | 'path' | 'baseline' | 'candidate'>;

/** Steps into a JSON value; null is any name or index. */
export type Path = (string | number | null)[];

/** Bodies longer than that are compared whole, but never quoted. */
const excerptCharacters = 160;
/** Of one body: a list in another order would fill pages. */
const differencesMax = 3;

/**
 * Where two answers differ: status first, then type, then body. JSON is compared as values: the order of names and the
 * layout do not count. Null for `ignored` leaves bodies out.
 */
export function differencesOf(
  baseline: Answer,
  candidate: Answer,
  ignored: readonly Path[] | null,
): Difference[] {
  if (baseline.status !== candidate.status) {
    return [
      { kind: 'status', path: null, baseline: String(baseline.status), candidate: String(candidate.status) },
    ];
  }
  if (baseline.type !== candidate.type) {
    return [{ kind: 'type', path: null, baseline: baseline.type, candidate: candidate.type }];
  }
  if (ignored === null || baseline.body.equals(candidate.body)) return [];
  const first = jsonOf(baseline);
  const second = jsonOf(candidate);
  if (first === undefined || second === undefined) return wholeBody(baseline, candidate, ignored);
  const found: Difference[] = [];
  compare(first, second, [], ignored, found);
  return found;
}

/** `$.items[*].id`, `$.time`, `$['odd name'][3]`, `$.*`: a path stands for everything below it. */
export function parsePath(text: string): Path {
  const steps: Path = [];
  let rest = text.trim();
  if (!rest.startsWith('$')) throw badPath(text);
  rest = rest.slice(1);
  while (rest !== '') {
    const [all, name, index, quotedName] =
      /^(?:\.([\p{L}\p{N}_$-]+|\*)|\[(\d+|\*)\]|\[(?:'([^']*)'|"[^"]*")\])/u.exec(rest) ?? [];
    if (all === undefined) throw badPath(text);
    if (quotedName !== undefined || all.startsWith('["')) steps.push(quotedName ?? all.slice(2, -2));
    else if (index !== undefined) steps.push(index === '*' ? null : Number(index));
    else steps.push(name === '*' ? null : (name ?? ''));
    rest = rest.slice(all.length);
  }
  return steps;
}

export function pathText(path: Path): string {
  const steps = path.map((step) => {
    if (step === null) return '[*]';
    if (typeof step === 'number') return `[${step}]`;
    return /^[\p{L}\p{N}_$-]+$/u.test(step) ? `.${step}` : `['${step}']`;
  });
  return `$${steps.join('')}`;
}

function badPath(text: string): DynoError {
  return new DynoError(
    `ignoreInResponses: "${text}" is not a path: write for example $.time, $.items[*].id or $['odd name'].`,
  );
}

function compare(
  baseline: unknown,
  candidate: unknown,
  path: Path,
  ignored: readonly Path[],
  found: Difference[],
): void {
  if (found.length >= differencesMax || isIgnored(path, ignored) || isDeepStrictEqual(baseline, candidate))
    return;
  if (Array.isArray(baseline) && Array.isArray(candidate)) {
    for (let index = 0; index < Math.max(baseline.length, candidate.length); index += 1) {
      compare(baseline[index], candidate[index], [...path, index], ignored, found);
    }
    return;
  }
  if (isRecord(baseline) && isRecord(candidate)) {
    for (const name of new Set([...Object.keys(baseline), ...Object.keys(candidate)])) {
      compare(baseline[name], candidate[name], [...path, name], ignored, found);
    }
    return;
  }
  found.push({
    kind: 'body',
    path: pathText(path),
    baseline: excerpt(baseline),
    candidate: excerpt(candidate),
  });
}

function isIgnored(path: Path, ignored: readonly Path[]): boolean {
  return ignored.some(
    (pattern) =>
      pattern.length <= path.length && pattern.every((step, place) => step === null || step === path[place]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined where it is no JSON, whatever its type says. */
function jsonOf({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function wholeBody(baseline: Answer, candidate: Answer, ignored: readonly Path[]): Difference[] {
  if (isIgnored([], ignored)) return [];
  const first = baseline.body.toString('utf8');
  const second = candidate.body.toString('utf8');
  let at = 0;
  while (at < first.length && first[at] === second[at]) at += 1;
  // From a little before the first difference.
  const from = Math.max(0, at - 20);
  return [
    {
      kind: 'body',
      path: null,
      baseline: shortened(first.slice(from)),
      candidate: shortened(second.slice(from)),
    },
  ];
}

function excerpt(value: unknown): string {
  return value === undefined ? '(missing)' : shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  const plain = text.replace(/\p{Cc}+/gu, ' ');
  return plain.length > excerptCharacters ? `${plain.slice(0, excerptCharacters)}…` : plain;
}
