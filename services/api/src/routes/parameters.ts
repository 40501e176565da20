import { z } from 'zod';

/** A whole number in an address, which is text until it has been checked. */
export function wholeNumber(from: number, to: number) {
  const message = `must be a whole number from ${from} to ${to}`;
  return z
    .string(message)
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= from && value <= to, message)
    .meta({ type: 'integer', pattern: undefined, minimum: from, maximum: to });
}

const idMessage = 'must be a whole number from 1 to 999999999';

/** `/:id` of any thing. */
export const idParams = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, idMessage)
    .transform(Number)
    .meta({ type: 'integer', pattern: undefined, minimum: 1, maximum: 999_999_999 }),
});
