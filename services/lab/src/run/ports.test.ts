import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { afterEach, test } from 'node:test';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { assertOwnedBy, assertPortFree, ownersOf } from './ports.ts';

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function listen(options: ListenOptions): Promise<number> {
  const server = createServer();
  server.listen({ port: 0, ipv6Only: true, ...options });
  await once(server, 'listening');
  opened.push({ close: () => closed(server) });
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return address.port;
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

/** Another process that listens. */
async function stranger(options: ListenOptions): Promise<number> {
  const text = `require('net').createServer().listen(${JSON.stringify({ ipv6Only: true, ...options })}, () => console.log('on'))`;
  const child = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  opened.push({
    close: () => {
      child.kill('SIGKILL');
      return once(child, 'exit');
    },
  });
  await once(child.stdout, 'data');
  assert.ok(child.pid !== undefined);
  return child.pid;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const port = await listen({ host: '127.0.0.1' });
  await opened.pop()?.close();
  return port;
}

// 127.0.0.2 stands for every other address of the machine: only the test of 0.0.0.0 finds it.
for (const host of ['127.0.0.1', '127.0.0.2', '::1', '0.0.0.0', '::']) {
  test(`a port taken on ${host} is refused with its owner and the way out`, async () => {
    const port = await freePort();
    await assertPortFree(port, 'mysql');
    const pid = await stranger({ port, host });
    await assert.rejects(assertPortFree(port, 'mysql'), (error) => {
      assert.ok(error instanceof DynoError);
      assert.equal(error.exitCode, exitCodes.usage);
      for (const part of [
        `Port ${port} (mysql)`,
        `process ${pid} (`,
        'createServer',
        'DYNO_PORT__MYSQL in .env',
      ]) {
        assert.ok(error.message.includes(part), `${part} in ${error.message}`);
      }
      return true;
    });
  });
}

test('a port that is only the near end of a connection is not free either', async () => {
  const server = await listen({ host: '127.0.0.1' });
  const text = `const s = require('net').connect(${server}, '127.0.0.1', () => console.log(s.localPort)); setInterval(() => {}, 1e6)`;
  const child = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await once(child.stdout, 'data');
  try {
    await assert.rejects(assertPortFree(Number(output), 'redis'), /is in use on .* by a connection/);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('the owner of a port is named once, whatever it listens on', async () => {
  const port = await listen({ host: '127.0.0.1' });
  await listen({ host: '::1', port });
  assert.deepEqual(
    ownersOf(port).map((owner) => owner.pid),
    [process.pid],
  );
  assert.deepEqual(ownersOf(await freePort()), []);
});

test('a port belongs to the service when every listener is one of its processes', async () => {
  const port = await freePort();
  const pid = await stranger({ port, host: '127.0.0.1' });
  assertOwnedBy(port, [1, pid], 'service');
  assert.throws(() => assertOwnedBy(port, [process.pid], 'service'), namesOnly(pid));
});

test('a stranger beside the service, on another address, is found', async () => {
  const port = await freePort();
  const ours = await stranger({ port, host: '::1' });
  const foreign = await stranger({ port, host: '127.0.0.1' });
  assert.throws(() => assertOwnedBy(port, [ours], 'service'), namesOnly(foreign));
});

test('a stranger that shares the very same address is found', async () => {
  const port = await freePort();
  const ours = await stranger({ port, host: '127.0.0.1', reusePort: true });
  const foreign = await stranger({ port, host: '127.0.0.1', reusePort: true });
  assert.throws(() => assertOwnedBy(port, [ours], 'service'), namesOnly(foreign));
});

test('a service that does not listen is not the owner', async () => {
  const port = await freePort();
  assert.throws(() => assertOwnedBy(port, [process.pid], 'service'), /^DynoError: Nothing listens on port/);
});

function namesOnly(foreign: number) {
  return (error: unknown) => {
    assert.ok(error instanceof DynoError);
    assert.equal(error.exitCode, exitCodes.invalid);
    assert.deepEqual(error.message.match(/process \d+/g), [`process ${foreign}`]);
    return true;
  };
}
