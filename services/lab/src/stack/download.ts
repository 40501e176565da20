import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { temporary } from './files.ts';

/** A server that does not answer by then counts as refused: the next way is tried. */
const answerMs = 8_000;
const stallMs = 20_000;

export interface Download {
  url: string;
  sha256: string;
  path: string;
  signal: AbortSignal;
}

/** The file is there, with the checksum, when this returns; the error says why not. */
export async function download({ url, sha256, path, signal }: Download): Promise<void> {
  const watch = new AbortController();
  let timer = setTimeout(() => watch.abort(new Error(`no answer within ${answerMs / 1000} s`)), answerMs);
  const hash = createHash('sha256');
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      clearTimeout(timer);
      timer = setTimeout(() => watch.abort(new Error(`stalled for ${stallMs / 1000} s`)), stallMs);
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const part = temporary(path);
  try {
    const together = AbortSignal.any([signal, watch.signal]);
    const response = await fetch(url, { signal: together });
    if (!response.ok || !response.body) throw new Error(`answered ${response.status}`);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.fromWeb(response.body), meter, createWriteStream(part), { signal: together });
    const found = hash.digest('hex');
    if (found !== sha256) throw new Error(`SHA-256 is ${found}, not the pinned ${sha256}`);
    await rename(part, path);
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(watch.signal.aborted ? watch.signal.reason : error)}`);
  } finally {
    clearTimeout(timer);
    await rm(part, { force: true });
  }
}

/** Node's fetch says "fetch failed" and keeps the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
