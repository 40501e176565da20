import type { ServerResponse } from 'node:http';
import { type OpenedFile, openProfileFile, openRunFile, RunFileError } from './lib/runFiles.ts';

const mebibyte = 1024 * 1024;

/** The files that are given out as they are; nothing else of a run folder is. */
const kinds: { pattern: RegExp; type: string; policy: string; bytesMax: number }[] = [
  {
    pattern: /^profiles\/[a-z0-9][a-z0-9-]{0,39}\/flamegraph\.html$/,
    type: 'text/html; charset=utf-8',
    // 0x's page is made from names of the measured service: its own scripts run, without an origin and without a network.
    policy:
      "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    bytesMax: 64 * mebibyte,
  },
  {
    pattern:
      /^(report|plan|environment|metrics|timeline|evidence|progress|responses|observer)\.json$|^traces\/[A-Za-z0-9._-]+\.json$/,
    type: 'application/json; charset=utf-8',
    policy: "sandbox; default-src 'none'; frame-ancestors 'none'",
    bytesMax: 64 * mebibyte,
  },
  {
    pattern: /^report\.md$|^rounds\.ndjson$|^profiles\/[a-z0-9][a-z0-9-]{0,39}\/folded\.txt$/,
    type: 'text/plain; charset=utf-8',
    policy: "sandbox; default-src 'none'; frame-ancestors 'none'",
    bytesMax: 64 * mebibyte,
  },
];

/** Sends one file of a run, with a policy under which nothing in it can act. */
export async function sendRunFile(
  id: string,
  path: string,
  isHead: boolean,
  response: ServerResponse,
): Promise<void> {
  const kind = kinds.find(({ pattern }) => pattern.test(path));
  if (!kind) return refuse(response, 404, 'There is no such file of a run.');
  await send(openRunFile(id, path, kind.bytesMax), kind, isHead, response);
}

/** The flamegraph and the folded stacks of a session of `dyno profile`. */
export async function sendProfileFile(
  id: string,
  path: string,
  isHead: boolean,
  response: ServerResponse,
): Promise<void> {
  const kind = path.startsWith('profiles/') ? kinds.find(({ pattern }) => pattern.test(path)) : undefined;
  if (!kind) return refuse(response, 404, 'There is no such file of a session.');
  await send(openProfileFile(id, path, kind.bytesMax), kind, isHead, response);
}

async function send(
  opening: Promise<OpenedFile>,
  kind: { type: string; policy: string },
  isHead: boolean,
  response: ServerResponse,
): Promise<void> {
  const opened = await opening.catch((error) => {
    if (error instanceof RunFileError) return error;
    throw error;
  });
  if (opened instanceof RunFileError)
    return refuse(response, opened.kind === 'too-large' ? 413 : 404, `${opened.message}.`);
  response.writeHead(200, {
    'content-type': kind.type,
    'content-length': opened.bytes,
    'content-security-policy': kind.policy,
    'cache-control': 'no-cache',
  });
  if (isHead || opened.bytes === 0) {
    await opened.handle.close();
    response.end();
    return;
  }
  // Up to the size that was announced: the file may grow meanwhile.
  const stream = opened.handle.createReadStream({ start: 0, end: opened.bytes - 1 });
  stream.once('error', () => response.destroy());
  response.once('close', () => stream.destroy());
  stream.pipe(response);
}

export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  });
  response.end(`${message}\n`);
}
