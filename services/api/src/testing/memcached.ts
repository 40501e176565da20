import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { lowPort } from './ports.ts';
import { testServers } from './servers.ts';

/** One that speaks the text protocol as well, in which alone Memcached lists what it holds. */
export async function startListableMemcached(context: TestContext): Promise<string> {
  const port = await lowPort();
  const args = ['--listen=127.0.0.1', `--port=${port}`, '--udp-port=0', '--memory-limit=16'];
  // Started as root it must be told who it is to be.
  if (process.getuid?.() === 0) args.push('--user=root');
  const child = spawn(testServers().memcachedPath, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  context.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const url = `memcached://127.0.0.1:${port}`;
  for (const deadlineMs = performance.now() + 10_000; ; await delay(20)) {
    try {
      await conversation(url, 'version\r\n', '\r\n');
      return url;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
  }
}

/** Everything that it holds, by key. */
export async function memcachedContent(url: string): Promise<Map<string, string>> {
  const listed = await conversation(url, 'lru_crawler metadump all\r\n', 'END\r\n');
  const content = new Map<string, string>();
  for (const [, encoded = ''] of listed.matchAll(/^key=(\S+) /gm)) {
    const key = decodeURIComponent(encoded);
    content.set(key, await conversation(url, `get ${key}\r\n`, 'END\r\n'));
  }
  return content;
}

async function conversation(url: string, asked: string, end: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  try {
    socket.write(asked);
    for await (const data of socket.setEncoding('latin1')) {
      answer += data;
      if (answer.endsWith(end)) return answer;
    }
  } finally {
    socket.destroy();
  }
  throw new Error(`Memcached ended in the middle of its answer to ${asked.trim()}: ${answer}`);
}
