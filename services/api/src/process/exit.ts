import { ConfigError } from '../config.ts';

/** Of the service, its supervisor and its worker. */
export const exitCodes = { failed: 1, badConfig: 2, interruptedTwice: 130 } as const;

/** What the environment says; ends the process where that does not fit. */
export function configOrExit<Config>(read: (environment: NodeJS.ProcessEnv) => Config): Config {
  try {
    return read(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(exitCodes.badConfig);
  }
}
