import { randomInt } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { exitCodes } from '@dyno/contracts/exitCodes';
import type { Need, Variant } from '@dyno/contracts/experiment';
import type { EnvironmentFile, PlanFile, Progress, Round } from '@dyno/contracts/run';
import type { Settings } from '@dyno/contracts/settings';
import { refuseTightGatesOf } from './calibration.ts';
import { DynoError, RefusedRun } from './errors.ts';
import { overheadSeconds, passOverheadSeconds } from './experiment/duration.ts';
import { hashesOf } from './experiment/hashes.ts';
import { type LoadedExperiment, loadExperiment } from './experiment/load.ts';
import { chosenLoad, type Decided, makePlan, needsPilot, type PlanOptions } from './experiment/plan.ts';
import { refusePagesInFineMode } from './mode.ts';
import { type ResumedRun, readStoredRun, refuseIncomparable, resumeCommand } from './resume.ts';
import { checkOut, removeCheckouts, withCheckouts } from './run/checkouts.ts';
import { systemClock } from './run/clock.ts';
import { differences, readEnvironment, readWorkTrees } from './run/environment.ts';
import type { Live } from './run/live.ts';
import { assertPortFree } from './run/ports.ts';
import { Processes } from './run/processes.ts';
import { ProgressFile } from './run/progress.ts';
import { discardRun, makeResults, newRunId, pointLatest, RunFolder } from './run/results.ts';
import { assertRoom, roomNeeded, withDiskInMind } from './run/room.ts';
import type { RoundContext } from './run/round.ts';
import type { PartName, Stack, StackNeeds } from './stack/stack.ts';

export interface NewRun {
  kind: 'new';
  /** A file's path or name, or what a command has put together. */
  experiment: string | LoadedExperiment;
  options: PlanOptions;
  /** Null draws one. */
  seed: number | null;
  /** In place of a comparison's. */
  makePlan?: (loaded: LoadedExperiment, options: PlanOptions, decided: Decided) => PlanFile;
}
export type RunRequest = NewRun | ResumedRun;

/** What the caller of a run provides. */
export interface Edges {
  settings: Settings;
  signal: AbortSignal;
  /** Brings up what is not running; called again when a part has died. */
  bringUpStack(needs?: StackNeeds): Promise<Stack>;
  onProgress(progress: Progress): void;
  onRound(round: Round, plan: PlanFile): void;
  onNote(line: string): void;
}

/** The user said stop; what is whole is kept. */
class Interrupted extends DynoError {
  constructor(plan: PlanFile) {
    super(`Stopped. Go on with: ${resumeCommand(plan)}`, exitCodes.interrupted);
  }
}

/** One run under way: its folder with the plan, the stack, and everything that a stage needs to go on. */
export class Session {
  plan: PlanFile;
  readonly folder: RunFolder;
  readonly environment: EnvironmentFile;
  readonly progress: ProgressFile;
  readonly edges: Edges;
  readonly processes: Processes;
  stack: Stack;

  private constructor(parts: {
    plan: PlanFile;
    folder: RunFolder;
    environment: EnvironmentFile;
    stack: Stack;
    edges: Edges;
    processes: Processes;
  }) {
    this.plan = parts.plan;
    this.folder = parts.folder;
    this.environment = parts.environment;
    this.stack = parts.stack;
    this.edges = parts.edges;
    this.processes = parts.processes;
    this.progress = new ProgressFile(parts.folder, parts.plan, parts.edges.onProgress);
  }

  /** The plan and the environment are on the disk when this returns. */
  static async open(request: RunRequest, edges: Edges): Promise<Session> {
    const opened = request.kind === 'new' ? await createRun(request, edges) : await reopenRun(request, edges);
    const { settings } = edges;
    await pointLatest(settings.results, opened.plan.runId);
    const processes = await Processes.open({
      home: settings.home,
      owner: { kind: 'run', runId: opened.plan.runId },
      reap: true,
    });
    return new Session({ ...opened, edges, processes });
  }

  /** The stages, with their end told and everything stopped that they started. */
  async carryOut<T extends { sentence: string }>(stages: () => Promise<T>): Promise<T> {
    let refused = false;
    try {
      await this.#tellStart();
      const report = await stages();
      // Whoever said stop while the last stage was being written is not told a verdict.
      this.signal.throwIfAborted();
      this.progress.update({ state: 'finished', stage: 'done', secondsLeft: 0, message: report.sentence });
      return report;
    } catch (error) {
      const interrupted = this.signal.aborted;
      refused = error instanceof RefusedRun && !interrupted;
      const message = error instanceof Error ? error.message : String(error);
      this.progress.update({ state: interrupted ? 'interrupted' : 'failed', secondsLeft: null, message });
      throw interrupted ? new Interrupted(this.plan) : withDiskInMind(error, this.folder.path);
    } finally {
      await this.progress.flush();
      await this.processes.close();
      await removeCheckouts(this.edges.settings.home, this.plan.runId);
      if (refused) await discardRun(this.edges.settings.results, this.plan.runId);
    }
  }

  /** From the first moment on, whoever looks at its folder sees that it is under way, and how far a resumed one was. */
  async #tellStart(): Promise<void> {
    const last = (await this.folder.rounds()).at(-1);
    this.progress.update({ round: last?.round ?? 0, block: last?.block ?? 0 });
    await this.progress.flush();
  }

  /** The git refs that are to be measured, with their dependencies; gone again when everything is over. */
  async checkOut(): Promise<void> {
    const { settings, onNote } = this.edges;
    const place = { home: settings.home, logFolder: this.folder.file('log') };
    await checkOut(this.plan, { ...place, processes: this.processes, signal: this.signal, onNote });
  }

  get signal(): AbortSignal {
    return this.edges.signal;
  }

  variants(): Variant[] {
    return [this.plan.experiment.baseline, ...this.plan.experiment.candidates];
  }

  /** How long the passes take from that one on: first all trace passes, then all profile passes. */
  passSecondsFrom(index: number): number {
    const { tracePassSeconds, profilePassSeconds } = this.plan.plan;
    return [tracePassSeconds, profilePassSeconds]
      .flatMap((seconds) => this.variants().map(() => (seconds === 0 ? 0 : seconds + passOverheadSeconds)))
      .slice(index)
      .reduce((sum, seconds) => sum + seconds, 0);
  }

  onRound(round: Round): void {
    this.edges.onRound(round, this.plan);
  }

  async repairStack(): Promise<void> {
    this.edges.onNote('a part of the stack has died: starting it again');
    this.stack = await this.edges.bringUpStack(stackNeeds(this.plan));
  }

  roundContext(place: { round: number; block: number; variant: string }): RoundContext {
    return roundContext({
      plan: this.plan,
      edges: this.edges,
      processes: this.processes,
      stack: () => this.stack,
      onLive: (live) => this.#tellLive(place, live),
    });
  }

  /** Whoever watches may look closer until the next round starts. */
  tellWindowOver(): void {
    this.progress.update({ stage: 'statistics' });
  }

  /** If the run stops at its next look; blocks that are not planned yet are taken to be like this one. */
  #roundsBehind(block: number, roundsOfBlock: number): number {
    const { plan, mode, order } = this.plan;
    const last = Math.max(plan.blocks.min, block);
    const planned = order.slice(block, last);
    const rounds = mode === 'fine' ? planned.length : planned.flat().length;
    return rounds + (last - block - planned.length) * roundsOfBlock;
  }

  #tellLive(
    { round, block, variant }: { round: number; block: number; variant: string },
    { stage, secondsLeft, ...figures }: Live,
  ): void {
    const { plan } = this.plan;
    const roundSeconds = plan.warmupSeconds + plan.windowSeconds + overheadSeconds;
    // Variants that are alive together take one round's time.
    const sets = this.plan.mode === 'fine' ? [variant] : (this.plan.order[block - 1] ?? []);
    const roundsToCome = sets.length - 1 - sets.indexOf(variant) + this.#roundsBehind(block, sets.length);
    this.progress.update({
      stage,
      round,
      block,
      variant,
      ...figures,
      secondsLeft: (secondsLeft ?? roundSeconds) + roundsToCome * roundSeconds + this.passSecondsFrom(0),
      message: `block ${block} of at most ${plan.blocks.max}`,
    });
  }
}

/** What a round needs; the stack is asked for each time, because it may have been repaired. */
export function roundContext({
  plan,
  edges,
  processes,
  stack,
  onLive,
}: {
  plan: PlanFile;
  edges: Edges;
  processes: Processes;
  stack: () => Stack;
  onLive: (live: Live) => void;
}): RoundContext {
  const { settings, signal } = edges;
  const { needs } = plan.experiment.service;
  return {
    project: settings.project,
    plan,
    processes,
    port: settings.ports.service,
    secondPort: settings.ports.serviceCandidate,
    tlsPorts: [settings.ports.serviceTls, settings.ports.serviceCandidateTls],
    k6: stack().k6,
    connections: stack().connections,
    partPids: Object.fromEntries(
      needs.filter(isOfTheService).map((part) => [part, () => stack().pidsOf(part)]),
    ),
    clock: systemClock,
    signal,
    onLive,
  };
}

export function variantOf({ experiment }: Pick<PlanFile, 'experiment'>, name: string): Variant {
  const variants = [experiment.baseline, ...experiment.candidates];
  const found = variants.find((variant) => variant.name === name);
  if (found) return found;
  const known = variants.map((variant) => variant.name).join(', ');
  throw new DynoError(`There is no variant "${name}" in ${experiment.name}: choose from ${known}.`);
}

type Opened = Pick<Session, 'plan' | 'folder' | 'environment' | 'stack'>;

async function createRun(request: NewRun, edges: Edges): Promise<Opened> {
  const { settings } = edges;
  const found =
    typeof request.experiment === 'string'
      ? await loadExperiment(request.experiment, settings.project)
      : request.experiment;
  const now = new Date();
  const runId = newRunId(found.experiment.name, now);
  const loaded = { ...found, experiment: withCheckouts(found.experiment, settings.home, runId) };
  const { scenario } = chosenLoad(loaded.experiment.load, request.options);
  const plan = (request.makePlan ?? makePlan)(loaded, request.options, {
    runId,
    createdAt: now.toISOString(),
    seed: request.seed ?? randomInt(2 ** 31),
    hashes: hashesOf(settings.project, { experimentFile: loaded.file, scenario }),
  });
  await refusePagesInFineMode(plan, settings.project);
  const stack = await bringUpStack(plan, edges, []);
  const environment = await environmentOf(plan, stack, settings);
  await refuseTightGatesOf(plan, environment, settings.home);
  const folder = await RunFolder.create(settings.results, runId);
  await folder.write('environment.json', environment);
  await folder.writePlan(plan);
  return { plan, folder, environment, stack };
}

/** The stored plan is replayed, not drawn anew; refused where its rounds could not be compared with new ones. */
async function reopenRun(request: ResumedRun, edges: Edges): Promise<Opened> {
  const { plan, folder, environment } = await readStoredRun(request, edges);
  const stack = await bringUpStack(plan, edges, await folder.rounds());
  refuseIncomparable(plan, differences(environment, await environmentOf(plan, stack, edges.settings)));
  await folder.removeStraySamples();
  await folder.removeVerdict();
  return { plan, folder, environment, stack };
}

async function environmentOf(
  { experiment }: PlanFile,
  stack: Stack,
  { project, home, results }: Settings,
): Promise<EnvironmentFile> {
  return {
    ...(await readEnvironment(project, stack)),
    workTrees: await readWorkTrees(project, experiment, [home, results]),
  };
}

/** Minutes of set-up are not spent on a run that has no port for its service, or no place for its results. */
async function bringUpStack(
  plan: PlanFile,
  { settings, bringUpStack }: Edges,
  rounds: readonly Round[],
): Promise<Stack> {
  const { service, baseline } = plan.experiment;
  if (baseline.url === undefined) {
    if (service.port === undefined) await assertPortFree(settings.ports.service, 'service');
    else await assertPortFree(service.port, 'service.port');
    const bothLive = plan.mode === 'fine' || needsPilot(plan, rounds);
    if (bothLive) await assertPortFree(settings.ports.serviceCandidate, 'serviceCandidate');
    if (service.https) {
      await assertPortFree(settings.ports.serviceTls, 'serviceTls');
      if (bothLive) await assertPortFree(settings.ports.serviceCandidateTls, 'serviceCandidateTls');
    }
  }
  await makeResults(settings.results);
  // With users who never wait it is a floor.
  const guessed = plan.experiment.load.ratePerSecond === undefined;
  const wayOut = `try again${guessed ? ' (at least that: users who never wait make more requests)' : ''}`;
  assertRoom(settings.results, roomNeeded(plan, null), wayOut);
  return bringUpStack(stackNeeds(plan));
}

/** A service that needs neither database nor cache is measured where neither is installed. */
export function stackNeeds({ experiment, plan, observed }: PlanFile): StackNeeds {
  const { needs, telemetry, cwd } = experiment.service;
  const traced =
    telemetry === 'inject' &&
    (plan.tracePassSeconds > 0 || observed !== undefined) &&
    experiment.baseline.url === undefined;
  const observers: PartName[] = telemetry === 'own' ? ['jaeger', 'prometheus'] : traced ? ['jaeger'] : [];
  return {
    parts: [...needs.filter(isPart), ...observers],
    nginx: needs.includes('nginx'),
    seed: !isAbsolute(cwd),
  };
}

/** Whose CPU time a request costs; a mail server is somebody else's. */
function isOfTheService(need: Need): need is Exclude<Need, 'nginx' | 'mail'> {
  return isPart(need) && need !== 'mail';
}

/** nginx is a program of the service's own. */
function isPart(need: Need): need is Exclude<Need, 'nginx'> {
  return need !== 'nginx';
}
