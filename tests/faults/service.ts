/**
 * Services as people have them, one for each way to be a family of processes, and one for each way to fail:
 * `node service.ts <kind>`, FAULT and FAULT_AFTER (requests) in the environment. Each process writes its pid below PIDS.
 */
import { spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [, program = '', kind = 'node'] = process.argv;
const { PORT, HOST, PIDS, FAULT = '', FAULT_AFTER = '0' } = process.env;
const hoard: unknown[] = [];
let requests = 0;

if (PIDS) writeFileSync(join(PIDS, String(process.pid)), '');
switch (kind) {
  case 'setsid':
    startChild('idle', true);
    break;
  case 'stopped':
    startChild('stop', false);
    break;
  case 'stubborn':
    ignoreSigterm();
    break;
  case 'idle':
    setInterval(() => {}, 60_000);
    break;
  case 'stop':
    setInterval(() => {}, 60_000);
    process.kill(process.pid, 'SIGSTOP');
    break;
}
if (kind === 'cluster' && cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
} else if (kind !== 'idle' && kind !== 'stop') {
  serve();
}

function serve(): void {
  // Somebody else on 127.0.0.1, and the service on ::1 alone: `localhost` would reach either.
  const elsewhere = FAULT === 'elsewhere';
  if (elsewhere) startChild('twin', true, {});
  const host = elsewhere ? '::1' : HOST;
  const port = FAULT === 'port' ? Number(PORT) + 600 : Number(PORT);
  const server = createServer((request, response) => {
    if (request.url !== '/ready') {
      requests += 1;
      // Not where its answers are compared, two requests each time: the lab would wait for it there, too.
      if (kind === 'stubborn under load' && requests === 5) ignoreSigterm();
      if (FAULT && requests === Number(FAULT_AFTER)) fail(FAULT);
      if (FAULT === 'replace' && requests === Number(FAULT_AFTER)) {
        // Its place is taken by somebody else, while it lives on.
        server.close();
        server.closeAllConnections();
        setInterval(() => {}, 60_000);
        startChild('twin', true, {});
      }
    }
    response.setHeader('content-type', 'application/json');
    response.end('{"items":[1,2,3]}');
  });
  server.listen({ port, host, reusePort: FAULT === 'twin' || kind === 'twin' });
}

function ignoreSigterm(): void {
  process.on('SIGTERM', () => {});
}

function fail(fault: string): void {
  switch (fault) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'segfault':
      process.kill(process.pid, 'SIGSEGV');
      return;
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return;
    case 'exit':
      console.log('\u001b[31mthe last words\u001b[0m of the service\u0007');
      process.exit(0);
      return;
    case 'memory':
      setInterval(() => hoard.push(Array.from({ length: 100_000 }, (_, n) => ({ n }))), 1);
      return;
    case 'twin':
      // Somebody else, as far as the lab can know: another session, no mark.
      startChild('twin', true, {});
      return;
    case 'chatter':
      setInterval(() => process.stdout.write('x'.repeat(99_999).concat('\n')), 30);
      return;
    case 'flood':
      for (let part = 0; part < 200; part += 1) process.stdout.write(`${'x'.repeat(2 ** 20 - 1)}\n`);
      return;
    case 'line':
      process.stdout.write(`${'x'.repeat(100 * 2 ** 20)}\n`);
      return;
  }
}

function startChild(childKind: string, detached: boolean, env: NodeJS.ProcessEnv = process.env): void {
  spawn(process.execPath, [program, childKind], {
    detached,
    stdio: 'ignore',
    env: { ...env, PORT, HOST, PIDS, FAULT: '' },
  });
}
