import type { PlanFile, Progress, Round } from '@dyno/contracts/run';
import { digits, duration, firstLine, milliseconds } from './format.ts';
import type { StackProgress } from './stack/stack.ts';

/** Where people read; standard output is for results. */
export class Terminal {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  #status = '';

  constructor(stream: NodeJS.WriteStream, quiet: boolean) {
    this.#stream = stream;
    this.#quiet = quiet;
  }

  /** A line that stays. */
  line(text: string): void {
    if (this.#quiet) return;
    this.#clear();
    this.#stream.write(`${text}\n`);
    this.#draw();
  }

  /** The last line, which is written over; nothing where nobody could see that. */
  status(text: string): void {
    if (this.#quiet || !this.#stream.isTTY) return;
    this.#clear();
    this.#status = text;
    this.#draw();
  }

  stack({ part, state, detail }: StackProgress): void {
    this.line(`  ${part.padEnd(11)} ${state.padEnd(10)} ${detail}`);
  }

  /** Without a terminal there is a line for every round instead. */
  progress(progress: Progress): void {
    this.status(progressLine(progress));
  }

  round(round: Round, plan: PlanFile, progress: Progress | null): void {
    // While both are alive the running figure is that of both together.
    const p95 = plan.mode === 'fine' ? null : (progress?.latencyMsP95 ?? null);
    const figures = round.excluded
      ? `does not count (${round.excluded.cause}): ${firstLine(round.excluded.detail)}`
      : [
          `${digits(round.load.requests / (round.window.durationMs / 1000))} requests/s`,
          ...(p95 === null ? [] : [`p95 ${milliseconds(p95)}`]),
          ...(round.load.failed > 0 ? [`${round.load.failed} failed`] : []),
        ].join(', ');
    const place = `block ${round.block}/${plan.plan.blocks.max}  round ${String(round.round).padEnd(2)}`;
    const width = Math.max(
      ...[plan.experiment.baseline, ...plan.experiment.candidates].map(({ name }) => name.length),
    );
    this.line(`  ${place}  ${round.variant.padEnd(width)}  ${figures}`);
  }

  #clear(): void {
    if (this.#status !== '') this.#stream.write('\r\u001b[2K');
  }

  #draw(): void {
    const width = this.#stream.columns ?? 80;
    if (this.#status !== '') this.#stream.write(this.#status.slice(0, width - 1));
  }
}

/** Fits a terminal of 80 columns. */
function progressLine(progress: Progress): string {
  if (progress.state !== 'running') return '';
  const { round, block, blocksMax, variant, stage, requestsPerSecond, latencyMsP95, secondsLeft } = progress;
  return [
    block > 0 ? `  block ${block}/${blocksMax}` : '  preparing',
    round > 0 ? `round ${round}` : null,
    variant,
    stage === 'stack' ? null : stage,
    requestsPerSecond === null ? null : `${digits(requestsPerSecond)} req/s`,
    latencyMsP95 === null ? null : `p95 ${milliseconds(latencyMsP95)}`,
    secondsLeft === null ? null : `${duration(Math.ceil(secondsLeft))} left`,
  ]
    .filter((part) => part !== null)
    .join('  ');
}
