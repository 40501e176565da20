/** Exit codes of every `dyno` command. */
export const exitCodes = {
  pass: 0,
  gateFailed: 1,
  usage: 2,
  inconclusive: 3,
  invalid: 4,
  k6Thresholds: 99,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
