import { isAbsolute } from 'node:path';
import type { Experiment, ExperimentInput, Need } from '@dyno/contracts/experiment';
import { DynoError } from '../errors.ts';
import { isSecret } from './secrets.ts';
import { wordsOf } from './words.ts';

/** Two variants of one service as the command line says them. */
export interface Comparison {
  /** Absolute: where both run, unless they are git refs. */
  cwd: string;
  /** Slug of the service. */
  name: string;
  /** What both run, unless they say their own. */
  command: readonly string[];
  baseline: Side;
  candidate: Side;
  /** Environment of both. */
  env: Record<string, string>;
  load: Experiment['load'];
  service: {
    install?: string | undefined;
    reset?: string | undefined;
    port?: number | undefined;
    /** A path, or a regular expression for a line of its output. */
    ready?: string | undefined;
    readyTimeoutSeconds?: number | undefined;
    needs: Need[];
    telemetry: 'own' | 'inject' | 'none';
  };
  thresholds: string[];
  ignore: string[];
  mode: 'auto' | 'isolated' | 'fine';
  passes: { traceSeconds: number; profile: boolean };
}

/** One of the two: what it is, and what it gets in its environment. */
export interface Side {
  kind: 'same' | 'command' | 'url' | 'ref';
  /** The command, address or ref as it was written; the title where it says nothing itself. */
  text: string;
  ref?: { commit: string; repository: string; folder: string } | undefined;
  env: Record<string, string>;
}

/** What `dyno compare` measures unless its options say otherwise. */
const comparePlan = {
  blocks: { min: 4, max: 10 },
  warmupSeconds: 3,
  windowSeconds: 8,
} as const;
const gatedWithoutCpu = ['latency.mean', 'latency.p95', 'errors.rate'] as const;
export const defaultTraceSeconds = 5;
const profileSeconds = 8;

/** The experiment behind `dyno compare`: the same that a file would hold. */
export function experimentOf(comparison: Comparison): ExperimentInput {
  const { baseline, candidate, service, load } = comparison;
  const attached = baseline.kind === 'url';
  if (attached !== (candidate.kind === 'url')) {
    throw new DynoError(
      'Either both are addresses of services that run already, or none is: their CPU could not be compared.',
    );
  }
  if (attached) refuseWithoutEffect(comparison);
  const { ready = '/' } = service;
  return {
    name: comparison.name,
    title: `${comparison.name}: ${titleOf(baseline)} against ${titleOf(candidate)}`,
    service: {
      name: comparison.name,
      ...(comparison.command.length > 0 ? { command: [...comparison.command] } : {}),
      cwd: comparison.cwd,
      env: comparison.env,
      needs: service.needs,
      ...(ready.startsWith('/') ? { readyPath: ready } : { readyPattern: ready }),
      port: service.port,
      readyTimeoutSeconds: service.readyTimeoutSeconds,
      install: service.install === undefined ? undefined : wordsOf(service.install),
      reset: service.reset === undefined ? undefined : wordsOf(service.reset),
      telemetry: attached ? 'none' : service.telemetry,
    },
    load,
    baseline: variantOf('baseline', baseline, comparison),
    candidates: [variantOf('candidate', candidate, comparison)],
    plans: {
      quick: {
        ...comparePlan,
        tracePassSeconds: attached ? 0 : comparison.passes.traceSeconds,
        profilePassSeconds: comparison.passes.profile && !attached ? profileSeconds : 0,
        mode: comparison.mode,
      },
    },
    ...(attached ? { gated: [...gatedWithoutCpu] } : {}),
    thresholds: comparison.thresholds,
    ignoreInResponses: comparison.ignore,
  };
}

/** Whoever says how a service is to be started believes that it will be. */
function refuseWithoutEffect({ baseline, candidate, env, service, passes }: Comparison): void {
  const given = [
    ...(hasAny(candidate.env) ? ['--set'] : []),
    ...(hasAny(baseline.env) ? ['--baseline-set'] : []),
    ...(hasAny(env) ? ['--env'] : []),
    ...(service.install === undefined ? [] : ['--install']),
    ...(service.reset === undefined ? [] : ['--reset']),
    ...(service.port === undefined ? [] : ['--on-port']),
    ...(service.needs.length > 0 ? ['--needs'] : []),
    ...(passes.profile ? ['--profile'] : []),
  ];
  if (given.length === 0) return;
  throw new DynoError(
    `Services that run already are neither started nor set up: leave out ${given.join(', ')}, or give commands in place of addresses.`,
  );
}

function hasAny(values: Record<string, string>): boolean {
  return Object.keys(values).length > 0;
}

/** `KEY=value`, several. */
export function pairsOf(values: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const [, key, text] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(value) ?? [];
      if (key === undefined || text === undefined) {
        throw new DynoError(`${flag} ${value}: write KEY=value, for example ${flag} CACHE=on.`);
      }
      return [key, text];
    }),
  );
}

/** A name that files and labels can carry, from whatever a package or folder is called. */
export function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/^@/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'service' : slug;
}

function variantOf(name: string, side: Side, { cwd }: Comparison) {
  const common = { name, title: titleOf(side), env: side.env };
  switch (side.kind) {
    case 'same':
      return common;
    case 'command':
      return { ...common, command: wordsOf(side.text) };
    case 'url':
      return { ...common, url: side.text };
    case 'ref': {
      if (!side.ref) return { ...common, cwd };
      const { folder, ...where } = side.ref;
      if (folder.startsWith('..') || isAbsolute(folder)) {
        throw new DynoError(
          `${folder} lies outside of ${where.repository}: --cwd is a folder of the repository.`,
        );
      }
      return { ...common, cwd: folder === '' ? '.' : folder, ref: { name: side.text, ...where } };
    }
    default: {
      const never: never = side.kind;
      return never;
    }
  }
}

function titleOf({ kind, text, ref, env }: Side): string {
  const settings = Object.entries(env).map(
    ([key, value]) => `${key}=${isSecret(key, value) ? '***' : value}`,
  );
  const what = kind === 'ref' && ref ? `${text} (${ref.commit.slice(0, 10)})` : text;
  const words = kind === 'same' && settings.length > 0 ? settings : [what, ...settings];
  return words.join(' ').slice(0, 200);
}
