import { z } from 'zod';
import { runIdSchema, schemaVersion } from './run.ts';

/** `.dyno/jobs/<id>.json`: a command that the dashboard has started; what it prints is in `<id>.log` beside it. */
export const jobFileSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  id: runIdSchema,
  kind: z.enum(['run', 'resume', 'ablation', 'profile']),
  /** As one would type it. */
  command: z.string(),
  startedAt: z.iso.datetime(),
  pid: z.int().positive(),
  /** Clock ticks since the machine's boot: with the pid it names one process. */
  startTime: z.number(),
  /** The run or ablation to go on with, or the session to make; null for a new run, which names itself. */
  target: runIdSchema.nullable(),
  /** Null while it goes on, and where nobody saw its end. */
  exitCode: z.int().nullable(),
});
export type JobFile = z.infer<typeof jobFileSchema>;

/** What a page is told of a job. */
export const jobViewSchema = z.strictObject({
  id: runIdSchema,
  kind: jobFileSchema.shape.kind,
  command: z.string(),
  startedAt: z.iso.datetime(),
  /** waiting: for another measurement. preparing: the stack, checks. measuring: its run has begun. stopped: somebody asked for it. */
  state: z.enum(['waiting', 'preparing', 'measuring', 'done', 'stopped', 'failed']),
  runId: runIdSchema.nullable(),
  profileId: runIdSchema.nullable(),
  exitCode: z.int().nullable(),
  /** Why it failed, in the command's own words. */
  error: z.string().nullable(),
  /** The last lines that it printed. */
  lines: z.array(z.string()),
});
export type JobView = z.infer<typeof jobViewSchema>;
