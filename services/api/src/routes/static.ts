import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Representation } from '../cache/representation.ts';
import { Problem } from '../problem.ts';
import { encodingFor } from '../static/encoding.ts';
import { type Asset, assets, designName, precompressed } from '../static/staticFolder.ts';
import { type Route, route } from './route.ts';

export interface StaticFiles {
  /** Made when the first one asks, or before. */
  folder(): Promise<string>;
  compressed: boolean;
  answerIfUnchanged: ((ctx: Context, representation: Representation) => boolean) | null;
}

/** Read from the disk each time, as a service without anything in front of it does. */
export function staticRoutes(files: StaticFiles): Route[] {
  return [
    route({
      method: 'get',
      path: '/images/products/:file',
      tag: 'Static files',
      summary: 'Picture of a product',
      access: 'anyone',
      params: z.object({ file: z.string().regex(/^[1-9]\d{0,8}\.webp$/, 'must be <id of a product>.webp') }),
      answers: {
        200: { description: 'The picture.', type: 'image/webp' },
        304: { description: 'The picture that If-None-Match names is still right (HTTP cache on).' },
      },
      async answer(ctx, { params }) {
        const name = designName(Number.parseInt(params.file, 10));
        answer(ctx, files, 'image/webp', await readFile(join(await files.folder(), 'designs', name)));
      },
    }),
    route({
      method: 'get',
      path: '/assets/:file',
      tag: 'Static files',
      summary: 'Style sheet or script of a page',
      access: 'anyone',
      params: z.object({ file: z.string() }),
      answers: {
        200: { description: 'The file.', type: '*/*' },
        304: { description: 'The file that If-None-Match names is still right (HTTP cache on).' },
        404: 'There is no such file.',
      },
      async answer(ctx, { params: { file } }) {
        if (!isAsset(file)) throw new Problem(404, 'Not found', `There is nothing at ${ctx.path}.`);
        const path = join(await files.folder(), 'assets', file);
        const encoding = files.compressed ? encodingFor(ctx.get('Accept-Encoding'), ['br', 'gzip']) : null;
        const body = await readFile(encoding === null ? path : path + precompressed[encoding]);
        if (files.compressed) ctx.vary('Accept-Encoding');
        if (encoding !== null) ctx.set('Content-Encoding', encoding);
        answer(ctx, files, assets[file], body);
      },
    }),
  ];
}

function answer(ctx: Context, { answerIfUnchanged }: StaticFiles, type: string, body: Buffer): void {
  if (answerIfUnchanged?.(ctx, { body, etag: null, tags: [] })) return;
  ctx.status = 200;
  ctx.set('Content-Type', type);
  ctx.body = body;
}

/** Only these names: nothing of the request becomes a part of a path. */
function isAsset(name: string): name is Asset {
  return Object.hasOwn(assets, name);
}
