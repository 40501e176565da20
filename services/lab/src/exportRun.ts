import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { bundlePathSchema, bundleVersion, type Manifest, manifestSchema } from '@dyno/contracts/bundle';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { Header } from 'tar';
import { DynoError } from './errors.ts';
import { hashOfFile } from './run/fileHash.ts';
import { manifestName, type RunFolder } from './run/results.ts';

/** Left out unless asked for: a service may have printed what nobody else is to read. */
const logFolder = 'log';

/** Writes a run as one .tar.gz, its manifest with the hash of every file first; the file is whole or absent. */
export async function exportRun(
  folder: RunFolder,
  file: string,
  { logs }: { logs: boolean },
): Promise<Manifest> {
  const target = resolve(file);
  if (existsSync(target)) {
    throw new DynoError(`${file} is there already: choose another name, or remove it.`, exitCodes.usage);
  }
  const manifest = await manifestOf(folder, logs);
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}-${process.pid}`);
  try {
    await pipeline(
      Readable.from(archive(folder, manifest)),
      createGzip(),
      createWriteStream(temporary, { flags: 'wx', flush: true }),
    );
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return manifest;
}

async function manifestOf(folder: RunFolder, logs: boolean): Promise<Manifest> {
  const files = [];
  for (const path of await pathsOf(folder, logs)) {
    const hashed = await hashOfFile(folder.file(path));
    if (hashed) files.push({ path, ...hashed });
  }
  const manifest = { bundleVersion, runId: folder.runId, exportedAt: new Date().toISOString(), files };
  return manifestSchema.parse(manifest);
}

/** Regular files only. What is half written, hidden or linked is no part of a run. */
async function pathsOf(folder: RunFolder, logs: boolean): Promise<string[]> {
  const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.path.length + 1))
    .filter((path) => bundlePathSchema.safeParse(path).success && !/\.(tmp|torn)$/.test(path))
    .filter((path) => path !== manifestName && (logs || !path.startsWith(`${logFolder}/`)))
    .sort();
}

async function* archive(folder: RunFolder, manifest: Manifest): AsyncGenerator<Buffer> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  yield header(manifest, manifestName, text.length);
  yield text;
  yield padding(text.length);
  for (const { path, bytes } of manifest.files) {
    yield header(manifest, path, bytes);
    let read = 0;
    for await (const chunk of createReadStream(folder.file(path))) {
      read += chunk.length;
      yield chunk;
    }
    if (read !== bytes) {
      throw new DynoError(
        `${folder.file(path)} changed while it was exported: do it again.`,
        exitCodes.invalid,
      );
    }
    yield padding(bytes);
  }
  // The end of a tar archive.
  yield Buffer.alloc(2 * block);
}

const block = 512;

function header({ runId, exportedAt }: Manifest, path: string, size: number): Buffer {
  const buffer = Buffer.alloc(block);
  const entry = new Header({
    path: `${runId}/${path}`,
    size,
    type: 'File',
    mode: 0o644,
    mtime: new Date(exportedAt),
  });
  // True where the header does not hold everything: 255 characters and 8 GiB do fit.
  if (entry.encode(buffer)) {
    throw new DynoError(
      `${path} does not fit into an archive: name or size are too long.`,
      exitCodes.invalid,
    );
  }
  return buffer;
}

function padding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}
