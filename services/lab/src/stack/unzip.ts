import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const inflate = promisify(inflateRaw);

/**
 * Unpacks a zip file, because a machine with Node has tar but not always unzip. Format: APPNOTE.TXT, sections 4.3.7,
 * 4.3.12 and 4.3.16; no ZIP64, no encryption.
 */
export async function unzip(file: string, folder: string): Promise<void> {
  const zip = await readFile(file);
  for (const entry of entriesOf(zip)) {
    if (entry.name.endsWith('/')) continue;
    const path = join(folder, inside(entry.name));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await contentOf(zip, entry));
    if ((entry.mode & 0o111) !== 0) await chmod(path, 0o755);
  }
}

interface Entry {
  name: string;
  mode: number;
  method: number;
  packedBytes: number;
  offset: number;
}

function entriesOf(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf('PK\u0005\u0006');
  if (end < 0) throw new Error('not a zip file');
  const count = zip.readUInt16LE(end + 10);
  const entries: Entry[] = [];
  for (let at = zip.readUInt32LE(end + 16); entries.length < count; ) {
    const nameBytes = zip.readUInt16LE(at + 28);
    entries.push({
      name: zip.toString('utf8', at + 46, at + 46 + nameBytes),
      mode: zip.readUInt32LE(at + 38) >>> 16,
      method: zip.readUInt16LE(at + 10),
      packedBytes: zip.readUInt32LE(at + 20),
      offset: zip.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

async function contentOf(zip: Buffer, entry: Entry): Promise<Buffer> {
  const start = entry.offset + 30 + zip.readUInt16LE(entry.offset + 26) + zip.readUInt16LE(entry.offset + 28);
  const packed = zip.subarray(start, start + entry.packedBytes);
  if (entry.method === 0) return packed;
  if (entry.method === 8) return inflate(packed);
  throw new Error(`${entry.name} is packed by method ${entry.method}, which is not known here`);
}

function inside(name: string): string {
  const path = normalize(name);
  if (path.startsWith('..') || path.startsWith('/')) throw new Error(`${name} points out of the archive`);
  return path;
}
