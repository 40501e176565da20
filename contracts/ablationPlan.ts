import { z } from 'zod';
import { slugSchema } from './experiment.ts';

/** One thing that is on or off in the design: a switch, or a whole group of them. */
export const factorSchema = z.strictObject({
  name: slugSchema,
  title: z.string(),
  group: slugSchema.nullable(),
  /** The switches that it turns on. */
  switches: z.array(slugSchema).min(1),
});
export type Factor = z.infer<typeof factorSchema>;

/** What a block of `plan.order` is for. */
const ablationBlockSchema = z.discriminatedUnion('kind', [
  /** A row of the folded design and its mirror image. */
  z.strictObject({ kind: z.literal('design'), replicate: z.int().positive(), row: z.int().min(0).max(11) }),
  /** Nothing, everything, this factor alone, everything but it. */
  z.strictObject({ kind: z.literal('corner'), factor: slugSchema }),
  /** Everything against everything but each of those that are worth most. */
  z.strictObject({ kind: z.literal('confirmation') }),
]);
export type AblationBlock = z.infer<typeof ablationBlockSchema>;

/** In `plan.json` of an ablation: what its variants and blocks stand for. */
export const ablationPlanSchema = z.strictObject({
  factors: z.array(factorSchema).min(2).max(12),
  /** Of each replicate the columns of the design in which the factors stand, drawn at random. */
  columns: z.array(z.array(z.int().min(0).max(11))),
  replicates: z.int().min(2).max(8),
  confirmationBlocks: z.int().min(0).max(12),
  /** As long as `plan.order`. */
  blocks: z.array(ablationBlockSchema),
  /** Those that are worth most, once the design is measured; null before. */
  confirmed: z.array(slugSchema).nullable(),
  /** The groups whose switches these are, where an ablation of groups came before; absent otherwise. */
  inside: z.array(slugSchema).optional(),
});
export type AblationPlan = z.infer<typeof ablationPlanSchema>;
