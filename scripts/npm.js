import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';

/** Runs npm on the given Node, its output in a log that is shown only when it fails. */
export async function npm(node, args, { cwd, doing, log }) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  const stop = progress(doing);
  const { command, first } = npmCommand(node);
  const child = spawn(command, [...first, ...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    stdio: ['ignore', output, output],
    // npm itself and every script it starts run on this Node.
    env: { ...withoutNpmSettings(process.env), PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
  let stopped = false;
  const forward = (signal) => {
    stopped = true;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  for (const signal of signals) process.off(signal, forward);
  closeSync(output);
  stop();
  // Whatever npm makes of the signal, somebody said stop.
  if (stopped) throw Object.assign(new Error('Stopped; start again to go on.'), { exitCode: 130 });
  if (ended === 0) return;
  // npm says what is wrong first, and how it is used in general after that.
  const said = readFileSync(log, 'utf8').trim().split('\n').slice(0, 12).join('\n');
  throw new Error(
    `${doing}: npm ${args[0]} ended with ${ended}.\n${said}\nThe log is ${log}; start again when the cause is gone.`,
  );
}

/** The npm that started this, else the one on PATH. */
export function npmCommand(node) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? { command: node, first: [script] } : { command: 'npm', first: [] };
}

/** `npm start` hands its own settings to its children; an inner npm must read the folder that it works in. */
function withoutNpmSettings(env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^npm_(config_(local_prefix|prefix)|package|lifecycle)/.test(name),
    ),
  );
}

/** One line that counts on a terminal, else a line at the start and one every 20 seconds. */
function progress(doing) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  const terminal = process.stderr.isTTY;
  const show = () =>
    process.stderr.write(terminal ? `\r\u001b[K${doing}, ${seconds()} s` : `${doing}, ${seconds()} s\n`);
  process.stderr.write(terminal ? doing : `${doing}\n`);
  const timer = setInterval(show, terminal ? 1_000 : 20_000);
  return () => {
    clearInterval(timer);
    process.stderr.write(terminal ? `\r\u001b[K${doing}: ${seconds()} s\n` : `${doing}: ${seconds()} s\n`);
  };
}
