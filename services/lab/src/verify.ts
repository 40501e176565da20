import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { manifestSchema } from '@dyno/contracts/bundle';
import type { RoundMetrics } from '@dyno/contracts/run';
import { ablationFilesOf } from './ablation.ts';
import { countingRounds } from './experiment/plan.ts';
import { analysisOf } from './pipeline.ts';
import { metricsFrom } from './remake.ts';
import { hashOfFile } from './run/fileHash.ts';
import { manifestName, type RunFolder } from './run/results.ts';
import { roundFiles } from './run/roundFiles.ts';
import { makeTimeline } from './samples/timeline.ts';
import { analyseAblation } from './statistics/ablation.ts';
import { analyse } from './statistics/analyse.ts';

export interface Check {
  /** A file of the run, or what stands for several. */
  what: string;
  /** How many things were compared. */
  compared: number;
  /** Each place that differs, in words; empty where everything agrees. */
  differing: string[];
}

/**
 * Computes every figure of a run or an ablation again from its raw samples, and writes nothing. `version` is that of the Dyno that runs:
 * another one than measured may say the same in other words, so that only figures and verdicts are compared then.
 */
export async function verifyRun(folder: RunFolder, version: string): Promise<Check[]> {
  const samples = await checkSamples(folder);
  const checks = [...(await checkManifest(folder)), samples];
  // Figures of samples that are not those that were measured would all differ, and say no more.
  if (samples.differing.length > 0) return checks;
  const metrics = await metricsFrom(folder);
  checks.push(compared('metrics.json', await folder.read('metrics.json'), metrics));
  if (folder.has('timeline.json')) {
    const rounds = countingRounds(await folder.read('plan.json'), await folder.rounds());
    const timeline = await makeTimeline(folder.path, rounds);
    checks.push(compared('timeline.json', await folder.read('timeline.json'), timeline));
  }
  const { name, stored, computed, measuredBy } = await answerOf(folder, metrics);
  const shown = (whole: unknown) => (measuredBy === version ? whole : withoutWords(whole));
  checks.push(compared(name, shown(stored), shown(computed)));
  return checks;
}

interface Answer {
  name: 'report.json' | 'ablation.json';
  stored: unknown;
  computed: unknown;
  measuredBy: string | undefined;
}

/** What the run or the ablation says, and what these figures say. */
async function answerOf(folder: RunFolder, metrics: RoundMetrics): Promise<Answer> {
  if ((await folder.read('plan.json')).ablation) {
    const files = await ablationFilesOf(folder);
    const computed = analyseAblation({ ...files, metrics });
    const measuredBy = files.environment.versions.dyno;
    return { name: 'ablation.json', stored: await folder.read('ablation.json'), computed, measuredBy };
  }
  const analysis = await analysisOf(folder);
  const computed = analyse({ ...analysis, metrics });
  const measuredBy = analysis.environment.versions.dyno;
  return { name: 'report.json', stored: await folder.read('report.json'), computed, measuredBy };
}

/** Only an imported run has one: no file of it may have changed since it was exported. */
async function checkManifest(folder: RunFolder): Promise<Check[]> {
  if (!existsSync(folder.file(manifestName))) return [];
  const { files } = manifestSchema.parse(JSON.parse(await readFile(folder.file(manifestName), 'utf8')));
  const differing = [];
  for (const { path, sha256 } of files) differing.push(...(await hashDiffers(folder, path, sha256)));
  return [{ what: manifestName, compared: files.length, differing }];
}

async function checkSamples(folder: RunFolder): Promise<Check> {
  const differing = [];
  // Rounds that do not count have no figures; their samples may be damaged or missing.
  const counting = (await folder.rounds()).filter(({ excluded }) => excluded === null);
  const files = counting.flatMap(roundFiles);
  for (const { file, sha256 } of files) differing.push(...(await hashDiffers(folder, file, sha256)));
  return { what: 'raw samples', compared: files.length, differing };
}

async function hashDiffers(folder: RunFolder, path: string, sha256: string): Promise<string[]> {
  const now = await hashOfFile(folder.file(path));
  if (now === null) return [`${path} is missing`];
  return now.sha256 === sha256 ? [] : [`${path} is not what was written: its SHA-256 is ${now.sha256}`];
}

function compared(what: string, stored: unknown, computed: unknown): Check {
  // Through JSON, as the stored one went: undefined and -0 do not survive that.
  const { values, differing } = compareValues(stored, JSON.parse(JSON.stringify(computed)), '$');
  return { what, compared: values, differing };
}

const words = new Set(['sentence', 'method', 'modeReason', 'detail', 'advice', 'notes', 'title']);

/** Figures, verdicts and names of a report. */
function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !words.has(key))
      .map(([key, child]) => [key, withoutWords(child)]),
  );
}

/** The last digit of a logarithm is not the same on every processor. */
const tolerance = 1e-9;

interface Comparison {
  values: number;
  differing: string[];
}

/** Value by value, each difference with its path. */
export function compareValues(stored: unknown, computed: unknown, path: string): Comparison {
  if (isObject(stored) && isObject(computed)) {
    const keys = [...new Set([...Object.keys(stored), ...Object.keys(computed)])];
    return joined(keys.map((key) => compareValues(stored[key], computed[key], pathTo(path, key, stored))));
  }
  const differing = isSame(stored, computed)
    ? []
    : [`${path} is ${short(stored)}, the samples give ${short(computed)}`];
  return { values: 1, differing };
}

function joined(parts: readonly Comparison[]): Comparison {
  return {
    values: parts.reduce((sum, { values }) => sum + values, 0),
    differing: parts.flatMap(({ differing }) => differing),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function pathTo(path: string, key: string, parent: unknown): string {
  return Array.isArray(parent) ? `${path}[${key}]` : `${path}.${key}`;
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
