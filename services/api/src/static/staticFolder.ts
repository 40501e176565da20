import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { design, designCount } from './designs.ts';

/** What /assets/ serves, by name. */
export const assets = {
  'shop.css': 'text/css; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;
export type Asset = keyof typeof assets;

/** In front of the names of what was compressed once, at the strength that no request could wait for. */
export const precompressed = { br: '.br', gzip: '.gz' } as const;

/** Raised when the pictures or the layout change. */
const version = 1;
const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/**
 * The folder with all static files, made once for this user and these contents: `assets/<name>` and
 * `designs/<two digits>.webp`, with `.br` and `.gz` beside the texts where they are asked for.
 */
export async function staticFolder(options: { parent: string | null; compressed: boolean }): Promise<string> {
  const parent = options.parent ?? join(tmpdir(), `shop-static-${userInfo().uid}`);
  await ownFolder(parent);
  const texts = await readTexts();
  const folder = join(parent, nameOf(texts, options.compressed));
  if (await exists(folder)) return folder;
  const part = await mkdtemp(join(parent, 'part-'));
  try {
    await Promise.all(['assets', 'designs'].map((name) => mkdir(join(part, name))));
    await writeDesigns(join(part, 'designs'));
    await Promise.all(
      [...texts].map(([name, text]) => writeText(join(part, 'assets', name), text, options.compressed)),
    );
    // Whole or absent: whoever was faster has made the same.
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

/** Below a folder that everybody may write to, only what this user has made is used. */
async function ownFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { uid } = userInfo();
  const found = await lstat(path);
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid)) {
    throw new Error(`${path} belongs to somebody else: name another folder with SHOP_STATIC`);
  }
}

async function readTexts(): Promise<ReadonlyMap<Asset, Buffer>> {
  const packaged = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const own = new URL('../public/', import.meta.url).pathname;
  const names = Object.keys(assets) as Asset[];
  return new Map(
    await Promise.all(
      names.map(async (name) => {
        const folder = name.startsWith('swagger-ui') ? packaged : own;
        return [name, await readFile(join(folder, name))] as const;
      }),
    ),
  );
}

function nameOf(texts: ReadonlyMap<Asset, Buffer>, compressed: boolean): string {
  const hash = createHash('sha256').update(`${version}`);
  for (const text of texts.values()) hash.update(text);
  return `${hash.digest('hex').slice(0, 16)}${compressed ? '-compressed' : ''}`;
}

async function writeDesigns(folder: string): Promise<void> {
  for (let number = 0; number < designCount; number += 1) {
    await writeFile(join(folder, designName(number)), design(number));
  }
}

export function designName(product: number): string {
  return `${String(product % designCount).padStart(2, '0')}.webp`;
}

async function writeText(path: string, text: Buffer, compressed: boolean): Promise<void> {
  await writeFile(path, text);
  if (!compressed) return;
  await Promise.all([
    compressBrotli(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).then((bytes) =>
      writeFile(path + precompressed.br, bytes),
    ),
    compressGzip(text, { level: 9 }).then((bytes) => writeFile(path + precompressed.gzip, bytes)),
  ]);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
