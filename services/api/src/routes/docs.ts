import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Context } from 'koa';
import { z } from 'zod';
import { securePage } from '../headers.ts';
import { openApiDocument } from './openapi.ts';
import { type Route, route } from './route.ts';

const page = 'text/html; charset=utf-8';

/** Of the package, and one of ours: under the policy of our pages no script stands in a page. */
const packaged = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;
type Packaged = keyof typeof packaged;
const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

/** The document and its page; `routes` is asked when somebody reads them, because they are routes themselves. */
export function docsRoutes(routes: () => readonly Route[], sessionCookie: string): Route[] {
  let document: string | null = null;
  return [
    route({
      method: 'get',
      path: '/openapi.json',
      tag: 'Documentation',
      summary: 'This document',
      access: 'anyone',
      answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
      answer(ctx) {
        document ??= JSON.stringify(openApiDocument(routes(), sessionCookie));
        ctx.set('Content-Type', 'application/json; charset=utf-8');
        ctx.body = document;
      },
    }),
    route({
      method: 'get',
      path: '/docs',
      tag: 'Documentation',
      summary: 'The same for people',
      access: 'anyone',
      answers: { 200: { description: 'The page.', type: page } },
      async answer(ctx) {
        await securePage(ctx);
        ctx.set('Content-Type', page);
        ctx.body = docsPage;
      },
    }),
    route({
      method: 'get',
      path: '/docs/:file',
      tag: 'Documentation',
      summary: 'Parts of the page',
      access: 'anyone',
      params: z.object({ file: z.enum(['start.js', ...(Object.keys(packaged) as Packaged[])]) }),
      answers: { 200: { description: 'The part.', type: '*/*' } },
      async answer(ctx, { params: { file } }) {
        if (file === 'start.js') return script(ctx);
        ctx.set('Content-Type', packaged[file]);
        ctx.set('Cache-Control', 'public, max-age=3600');
        ctx.body = await readPackaged(file);
      },
    }),
  ];
}

function script(ctx: Context): void {
  ctx.set('Content-Type', 'text/javascript; charset=utf-8');
  ctx.body = startScript;
}

const held = new Map<Packaged, Buffer>();

/** Read once, when somebody wants it: a service whose page nobody opens does not hold two megabytes for it. */
async function readPackaged(file: Packaged): Promise<Buffer> {
  const known = held.get(file);
  if (known !== undefined) return known;
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const content = await readFile(join(folder, file));
  held.set(file, content);
  return content;
}

const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API of the reference shop</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
