import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as ask, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import type { Settings } from '@dyno/contracts/settings';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { lowPort } from '../../services/api/src/testing/ports.ts';
import { Processes } from '../../services/lab/src/run/processes.ts';
import { readSettings } from '../../services/lab/src/settings.ts';
import { startDashboard } from '../../services/lab/src/stack/dashboard.ts';
import { addressOf } from '../../services/lab/src/token.ts';
import { chromiumPath, launchChromium } from './chromium.ts';

const run = promisify(execFile);

export { options } from './chromium.ts';
/** No pid is as large. */
export const deadPid = 2 ** 22 + 1;

let url = '';
let folder = '';
let browser: Browser;
let settings: Settings;

/**
 * The dashboard over a results folder of its own and a Chromium, for the tests of one file; `prepare` fills the folder.
 * (Hooks of a file begin all at once, so a second `before` would not wait for this one.)
 */
export function withDashboard(prepare: (results: string) => Promise<unknown> = async () => {}): {
  url(): string;
  folder(): string;
  results(): string;
  browser(): Browser;
} {
  let processes: Processes | undefined;
  before(async () => {
    if (!chromiumPath) return;
    folder = await mkdtemp(join(tmpdir(), 'dyno-browser-'));
    const results = join(folder, 'results');
    await mkdir(results);
    await prepare(results);
    const found = readSettings();
    const ports = { ...found.ports, dashboard: await lowPort() };
    processes = await Processes.open({ home: folder, owner: { kind: 'stack' }, reap: true });
    settings = { ...found, home: folder, results, ports };
    ({ url } = await startDashboard(settings, processes, () => {}));
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await processes?.stopAll();
    await processes?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  return {
    url: () => url,
    folder: () => folder,
    results: () => join(folder, 'results'),
    browser: () => browser,
  };
}

interface OpenedPage extends AsyncDisposable {
  page: Page;
}

/**
 * Every page is watched: no request leaves the origin, nothing fails, no policy is broken. `mayBeBusy`: what it starts may be
 * refused while something else is measured, which is no failure, though Chromium says it on its console.
 */
export async function open(
  path: string,
  how: BrowserContextOptions = {},
  { expectBlocked = false, mayBeBusy = false } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...how });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  const left: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const isBusy = mayBeBusy && message.text().includes('status of 409');
    if (message.type() === 'error' && !isBusy) complaints.push(message.text());
  });
  page.on('response', (response) => {
    if (!response.url().startsWith(`${url}/`) && !response.url().startsWith('data:'))
      left.push(response.url());
  });
  await page.goto(`${url}${path}`);
  // What is done to a page that was loaded but does not listen yet is lost.
  if (how.javaScriptEnabled !== false)
    await page.locator('[aria-keyshortcuts="?"]').waitFor({ state: 'attached' });
  return {
    page,
    async [Symbol.asyncDispose]() {
      await context.close();
      assert.deepEqual(left, [], 'no request leaves the origin');
      if (!expectBlocked) assert.deepEqual(complaints, [], 'the browser has nothing to complain about');
    },
  };
}

/** The page's address as the command line opens it: it lets one browser in. */
export async function withCode(path: string): Promise<string> {
  return (await addressOf(settings, path)).slice(url.length);
}

export const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? '';

export function raw(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      get(`${url}${path}`, { headers: { host: new URL(url).host, ...headers }, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      }).once('error', reject);
    },
  );
}

/** A write as one of our own pages sends it; undefined leaves a header out. */
export function post(path: string, body: unknown, headers: Record<string, string | undefined> = {}) {
  const all: Record<string, string | undefined> = {
    host: new URL(url).host,
    origin: url,
    'content-type': 'application/json',
    ...headers,
  };
  const sent = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const request = ask(`${url}${path}`, { method: 'POST', headers: sent, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.once('error', reject);
    request.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** The cookie of a browser that was let in. */
export async function cookieOf(): Promise<string> {
  const { headers } = await raw(await withCode('/'));
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

export function stream(path: string) {
  return new Promise<{ destroy(): unknown }>((resolve, reject) => {
    const request = get(`${url}${path}`, { agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(request);
      request.destroy();
      reject(new Error(`${path} answered ${response.statusCode}`));
    });
    request.once('error', reject);
  });
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A real page of 0x, of a program that is busy for a second. */
export async function profileSomething(parent: string): Promise<string> {
  const program = join(parent, 'busy.cjs');
  await writeFile(
    program,
    'const end = Date.now() + 1000; function work(n) { return JSON.stringify({ n }).length } let sum = 0; while (Date.now() < end) sum += work(sum);',
  );
  const zeroX = join(import.meta.dirname, '../../node_modules/0x/cmd.js');
  await run(process.execPath, [zeroX, '--output-dir', 'profile', '--', process.execPath, program], {
    cwd: parent,
  });
  return join(parent, 'profile/flamegraph.html');
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;
