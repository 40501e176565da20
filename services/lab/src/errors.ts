import { type ExitCode, exitCodes } from '@dyno/contracts/exitCodes';

/** An expected failure: its message names the value and the way out, its exit code the kind. Only cli.ts prints it. */
export class DynoError extends Error {
  override readonly name = 'DynoError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = exitCodes.usage, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** A run that is refused before its first round: nothing of it is worth keeping. */
export class RefusedRun extends DynoError {}
