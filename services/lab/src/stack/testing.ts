import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { lowPort } from '../../../api/src/testing/ports.ts';
import { Processes } from '../run/processes.ts';
import { readSettings } from '../settings.ts';
import type { StackProgress, Work } from './work.ts';

export interface Bench {
  work: Work;
  /** The empty checkout that the work is done in. */
  project: string;
  told: StackProgress[];
  /** A shell script in the only folder that is searched. */
  program(name: string, body: string): Promise<string>;
}

/** A folder of its own, a PATH of its own, real processes; all gone when the test ends. */
export async function bench(t: TestContext): Promise<Bench> {
  const project = await mkdtemp(join(tmpdir(), 'dyno-stack-'));
  const folder = join(project, 'path');
  await mkdir(folder);
  const home = join(project, '.dyno');
  const processes = await Processes.open({ home, owner: { kind: 'stack' }, reap: true });
  const told: StackProgress[] = [];
  t.after(async () => {
    await processes.close();
    await rm(project, { recursive: true, force: true });
  });
  return {
    project,
    told,
    work: {
      settings: { ...readSettings(), project, home, results: join(project, 'results') },
      processes,
      tell: (event) => told.push(event),
      signal: new AbortController().signal,
      folders: [folder],
    },
    program: (name, body) => script(join(folder, name), body),
  };
}

export async function script(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await lowPort());
  return ports;
}
