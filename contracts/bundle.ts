import { z } from 'zod';
import { runIdSchema } from './run.ts';

/** Of the manifest and the archive around it. */
export const bundleVersion = 1;

/** A file of a run, below its folder: plain names and forward slashes, nothing hidden, no way out. */
export const bundlePathSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,4}$/, 'not a plain path');

/** `manifest.json`, the first entry of an exported run: every file that follows, with its hash. */
export const manifestSchema = z.strictObject({
  bundleVersion: z.literal(bundleVersion),
  runId: runIdSchema,
  exportedAt: z.iso.datetime(),
  files: z
    .array(
      z.strictObject({
        path: bundlePathSchema,
        bytes: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1)
    .max(10_000),
});
export type Manifest = z.infer<typeof manifestSchema>;
