import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';

interface Bytes {
  raw: number;
  gzip: number;
}

/** What opening one page costs. */
export interface Visit {
  paintMs: number;
  shift: number;
  blockedMs: number;
  longestTaskMs: number;
  longestLaterMs: number;
  html: Bytes;
  script: Bytes;
  scriptScrolled: Bytes;
  nodes: number;
  heapMb: number;
}

/** As in a browser that was never here: nothing is cached. */
export async function visited(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const scripts: Promise<{ path: string; body: Buffer }>[] = [];
    page.on('response', (response) => {
      const path = new URL(response.url()).pathname;
      if (response.request().resourceType() === 'script')
        scripts.push(response.body().then((body) => ({ path, body })));
    });
    await page.addInitScript(watchPage);
    await browser.startTracing(page, { categories: traced });
    const answer = await page.goto(url, { waitUntil: 'networkidle' });
    const loading = tasksOf(await browser.stopTracing());
    const html = bytesOf([(await answer?.body()) ?? Buffer.alloc(0)]);
    // What the HTML itself names; the rest comes when a reader needs it.
    const named = (await answer?.text()) ?? '';
    const script = bytesOf(
      (await Promise.all(scripts)).filter(({ path }) => named.includes(path)).map(({ body }) => body),
    );
    const seen = await page.evaluate<Seen>('globalThis.seen');
    await browser.startTracing(page, { categories: traced });
    await scrollThrough(page);
    const scrolling = tasksOf(await browser.stopTracing());
    const after = await page.evaluate<Seen>('globalThis.seen');
    const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
    const client = await context.newCDPSession(page);
    await client.send('HeapProfiler.collectGarbage');
    const { usedSize } = await client.send('Runtime.getHeapUsage');
    return {
      paintMs: seen.paintMs,
      shift: after.shift,
      blockedMs: loading.reduce((sum, ms) => sum + Math.max(0, ms - 50), 0),
      longestTaskMs: Math.max(...loading),
      longestLaterMs: Math.max(...scrolling),
      html,
      script,
      scriptScrolled: bytesOf((await Promise.all(scripts)).map(({ body }) => body)),
      nodes,
      heapMb: usedSize / 1e6,
    };
  } finally {
    await context.close();
  }
}

interface Seen {
  paintMs: number;
  shift: number;
}

/** Runs in the page, before its own scripts. */
const watchPage = `
  const seen = (globalThis.seen = { paintMs: 0, shift: 0 });
  const watch = (type, look) =>
    new PerformanceObserver((list) => list.getEntries().forEach(look)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => { seen.paintMs = entry.startTime; });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
`;

export const traced = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** CPU ms of each task of the page's own thread: a busy machine makes tasks last longer, not cost more. */
export function tasksOf(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const isPage = ({ pid, tid }: TraceEvent) =>
    threads.some((thread) => thread.pid === pid && thread.tid === tid);
  const tasks = traceEvents.filter((event) => event.name === 'RunTask' && isPage(event));
  if (tasks.length === 0) throw new Error('Chromium traced no task of the page');
  return tasks.map(({ tdur = 0 }) => tdur / 1000);
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of the thread's own CPU. */
  tdur?: number;
  args?: { name?: string };
}

export async function scrollThrough(page: Page): Promise<void> {
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  for (let top = 0; top < height; top += 400) {
    await page.evaluate(`window.scrollTo({ top: ${top}, behavior: 'instant' })`);
    await page.waitForTimeout(60);
  }
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(300);
}

const kilobytes = (bytes: number): number => bytes / 1000;

function bytesOf(bodies: Buffer[]): Bytes {
  return {
    raw: kilobytes(bodies.reduce((sum, body) => sum + body.length, 0)),
    gzip: kilobytes(bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)),
  };
}
