import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Processes } from '../services/lab/src/run/processes.ts';
import { readSettings } from '../services/lab/src/settings.ts';
import { ensurePart, type Running } from '../services/lab/src/stack/native.ts';
import { type PartName, parts } from '../services/lab/src/stack/parts.ts';
import { searchFolders } from '../services/lab/src/stack/search.ts';
import { ensureSecrets } from '../services/lab/src/stack/secrets.ts';
import { type Connections, stackConnections } from '../services/lab/src/stack/stack.ts';
import type { Work } from '../services/lab/src/stack/work.ts';

export type ServerName = Extract<PartName, 'mysql' | 'redis' | 'memcached'>;

/** Of the row that scripts/test.js takes the last are nobody's; none of those that outgoing connections get, with which a client that tries again and again could reach itself. */
const offsets: Record<ServerName, number> = { mysql: 27, redis: 28, memcached: 29 };

/** Servers of the stack in a home of their own, for tests that kill them. */
export class PrivateServers {
  readonly connections: Connections;
  readonly #work: Work;
  readonly #running = new Map<ServerName, Running>();

  static async start(names: readonly ServerName[]): Promise<PrivateServers> {
    const home = await mkdtemp(join(tmpdir(), 'dyno-killed-'));
    const settings = readSettings();
    const first = Math.min(...Object.values(settings.ports));
    const ports = { ...settings.ports };
    for (const [name, offset] of Object.entries(offsets)) ports[name as ServerName] = first + offset;
    const work: Work = {
      settings: { ...settings, home, ports },
      processes: await Processes.open({ home, owner: { kind: 'stack' }, reap: true }),
      tell() {},
      signal: new AbortController().signal,
      folders: searchFolders(),
    };
    await ensureSecrets(work.settings);
    const servers = new PrivateServers(work, await stackConnections(work.settings));
    try {
      await Promise.all(names.map((name) => servers.startAgain(name)));
    } catch (error) {
      await servers.close();
      throw error;
    }
    return servers;
  }

  private constructor(work: Work, connections: Connections) {
    this.#work = work;
    this.connections = connections;
  }

  /** As the kernel does when memory is short; returns when nothing of it is left. */
  async kill(name: ServerName): Promise<void> {
    const { pids } = this.#running.get(name) ?? { pids: () => [] };
    for (const pid of pids()) process.kill(pid, 'SIGKILL');
    while (pids().length > 0) await pause(20);
  }

  /** On the folder that it left; returns when it has done its first work. */
  async startAgain(name: ServerName): Promise<void> {
    this.#running.set(
      name,
      await ensurePart(parts[name], this.#work, await ensureSecrets(this.#work.settings)),
    );
  }

  async close(): Promise<void> {
    await this.#work.processes.stopAll({ graceMs: 0 });
    await this.#work.processes.close();
    await rm(this.#work.settings.home, { recursive: true, force: true });
  }
}
