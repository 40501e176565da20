import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { refuse } from './files.ts';
import { listLogs, readLogPart } from './lib/logs.ts';
import { RunFileError } from './lib/runFiles.ts';

const querySchema = z.object({
  source: z.enum(['run', 'stack']).optional(),
  name: z.string().max(124).optional(),
  from: z.coerce.number().int().nonnegative().optional(),
});

/** The list of a run's logs, and the part of one that was asked for. Read only while somebody has it open. */
export async function sendLogs(id: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const asked = querySchema.safeParse(Object.fromEntries(query));
  if (!asked.success) return refuse(response, 400, 'A log is asked for by source, name and a place in it.');
  const { source, name, from = null } = asked.data;
  try {
    const logs = await listLogs(id);
    const part = source && name ? await readLogPart(id, { source, name }, from) : null;
    const body = Buffer.from(JSON.stringify({ logs, part }));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
    response.end(body);
  } catch (error) {
    if (!(error instanceof RunFileError)) throw error;
    refuse(response, 404, `${error.message}.`);
  }
}
