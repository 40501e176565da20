import type { z } from 'zod';

/** The query of an address as a page gets it. */
export type Query = Readonly<Record<string, string | string[] | undefined>>;

/** What a query asks for. A key that the schema does not take has its default, and a note says so. */
export function readQuery<T extends z.ZodObject>(
  schema: T,
  query: Query,
): { state: z.infer<T>; notes: string[] } {
  const given = new Map<string, string>();
  for (const key of Object.keys(schema.shape)) {
    const value = [query[key]].flat()[0];
    if (value !== undefined) given.set(key, value);
  }
  const notes: string[] = [];
  for (const { path, message } of schema.safeParse(Object.fromEntries(given)).error?.issues ?? []) {
    const key = String(path[0]);
    const text = given.get(key);
    if (text !== undefined) notes.push(`${key}=${shortened(text)} was left out: ${message}.`);
    given.delete(key);
  }
  return { state: schema.parse(Object.fromEntries(given)), notes };
}

/** For the message of a schema. */
export const oneOf = (values: readonly (string | number)[]): string =>
  values.length === 0 ? 'there is none here' : `known: ${values.join(', ')}`;

/** An address may have been written by anybody. */
function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
