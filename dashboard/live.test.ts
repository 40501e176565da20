import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Progress, schemaVersion } from '@dyno/contracts/run';
import { followedRun } from './lib/liveRun.ts';
import type { LiveWord } from './lib/liveWord.ts';
import { LiveStreams } from './live.ts';

const streams = new LiveStreams();
const server = createServer((_request, response) => void streams.add(followedRun('one'), response));
let folder = '';
let url = '';

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-live-'));
  process.env.DYNO_RESULTS = folder;
  mkdirSync(join(folder, 'one'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

after(() => {
  streams.close();
  server.close();
  rmSync(folder, { recursive: true });
});

test('during a window a word every 5 s, its end at once, and the page changes when the files of a block are complete', async () => {
  write({ stage: 'window', requestsPerSecond: 1 });
  const { next, words, close } = await listen();
  const first = await next(({ stage }) => stage === 'window');
  for (const requestsPerSecond of [2, 3, 4]) write({ stage: 'window', requestsPerSecond });
  write({ stage: 'statistics' });
  writeFileSync(join(folder, 'one/rounds.ndjson'), 'a round\n');
  const between = await next(({ stage }) => stage === 'statistics');
  assert.equal(words.filter(({ stage }) => stage === 'window').length, 1);
  writeFileSync(join(folder, 'one/timeline.json'), '{}');
  write({ stage: 'start', round: 2 });
  const after = await next(({ stage }) => stage === 'start');
  assert.equal(between.page, first.page, 'the files of the block are still being written');
  assert.notEqual(after.page, first.page);
  write({ stage: 'done', state: 'finished' });
  const last = await next(({ state }) => state === 'finished');
  assert.notEqual(last.page, after.page);
  close();
});

test('whoever comes later hears the last word, and the watcher ends with the last listener', async () => {
  write({ stage: 'warmup' });
  const one = await listen();
  await one.next(({ stage }) => stage === 'warmup');
  const other = await listen();
  await other.next(({ stage }) => stage === 'warmup');
  one.close();
  write({ stage: 'trace' });
  await other.next(({ stage }) => stage === 'trace');
  other.close();
});

function write(change: Partial<Progress>): void {
  const progress: Progress = {
    schemaVersion,
    runId: 'one',
    state: 'running',
    pid: process.pid,
    updatedAt: new Date().toISOString(),
    stage: 'window',
    round: 1,
    block: 1,
    blocksMax: 4,
    variant: 'naive',
    requestsPerSecond: null,
    latencyMsP95: null,
    secondsLeft: null,
    message: '',
    ...change,
  };
  const path = join(folder, 'one/progress.json');
  writeFileSync(`${path}.tmp`, JSON.stringify(progress));
  renameSync(`${path}.tmp`, path);
}

async function listen() {
  const over = new AbortController();
  const { body } = await fetch(url, { signal: over.signal });
  const words: LiveWord[] = [];
  const waiting: { fits: (word: LiveWord) => boolean; take: (word: LiveWord) => void }[] = [];
  const read = async () => {
    let rest = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts.filter((one) => one.startsWith('data: '))) {
        const word: LiveWord = JSON.parse(part.slice('data: '.length));
        words.push(word);
        for (const one of waiting) if (one.fits(word)) one.take(word);
      }
    }
  };
  read().catch(() => {});
  return {
    words,
    next: (fits: (word: LiveWord) => boolean) =>
      new Promise<LiveWord>((take) => {
        const known = words.find(fits);
        if (known) take(known);
        else waiting.push({ fits, take });
      }),
    close: () => over.abort(),
  };
}
