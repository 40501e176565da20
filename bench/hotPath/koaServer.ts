import { readFileSync } from 'node:fs';
import Router from '@koa/router';
import Koa from 'koa';
import { LRUCache } from 'lru-cache';

/** What a service on the shop's framework cannot do without: Koa, its router, and a cache in memory. */
const pages = new Map<string, string>(JSON.parse(readFileSync(process.env.PAGES ?? '', 'utf8')));
const held = new LRUCache<string, Buffer>({ max: 1000, ttl: 60_000 });

const router = new Router();
router.get('/products', (ctx) => {
  let body = held.get(ctx.url);
  if (body === undefined) {
    body = Buffer.from(pages.get(ctx.url) ?? '');
    held.set(ctx.url, body);
  }
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = body;
});
const koa = new Koa();
koa.use(router.routes());
koa.listen(Number(process.env.PORT), '127.0.0.1');
