import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '@dyno/contracts/settings';
import { z } from 'zod';
import { DynoError } from '../errors.ts';
import { createWhole } from './files.ts';

const secretsSchema = z.strictObject({
  mysqlPassword: z.string().min(16),
  redisPassword: z.string().min(16),
});
/** Passwords of this stack alone: a web page can reach every port of the loopback device. */
export type Secrets = z.infer<typeof secretsSchema>;

/** Null when no stack has been started in this home yet. */
export async function readSecrets(settings: Settings): Promise<Secrets | null> {
  const path = secretsPath(settings);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const parsed = secretsSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new DynoError(
    `${path} is damaged: stop the stack with \`dyno down\`, delete the file and start again.`,
  );
}

export async function ensureSecrets(settings: Settings): Promise<Secrets> {
  const known = await readSecrets(settings);
  if (known) return known;
  const secrets = { mysqlPassword: password(), redisPassword: password() };
  const created = await createWhole(secretsPath(settings), `${JSON.stringify(secrets, null, 2)}\n`);
  return created ? secrets : ensureSecrets(settings);
}

const secretsPath = (settings: Settings) => join(settings.home, 'secrets.json');

/** Hexadecimal: needs no quoting in SQL, URLs and configuration files. */
const password = () => randomBytes(24).toString('hex');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
