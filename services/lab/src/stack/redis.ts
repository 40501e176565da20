import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { writeWhole } from './files.ts';
import type { Part } from './parts.ts';
import { socketPathOf } from './sockets.ts';

const configFile = 'services/lab/src/stack/config/redis.conf';

export const redis: Part = {
  name: 'redis',
  title: 'Redis',
  purpose: "the shop's cache and queues",
  version: 'redis',
  onPath: {
    names: ['redis-server'],
    versionArgs: ['--version'],
    version: /v=(\d+\.\d+\.\d+)/,
    atLeast: [6, 2],
  },
  // redis-tools has no service, and its redis-check-rdb is the server's own program: it looks at the name it is called by.
  debian: { packages: ['redis-tools'], how: 'install', binary: '/usr/bin/redis-check-rdb' },
  archive: null,
  source: null,
  byHand:
    'Redis 6.2 or newer: Debian package redis-server, or https://redis.io/docs/latest/operate/oss_and_stack/install/',
  ports: ['redis'],
  compose: { service: 'redis', image: 'redis' },
  configFiles: [configFile],

  async prepare({ settings, secrets }) {
    const socket = socketPathOf(settings.home, 'redis');
    await mkdir(dirname(socket), { recursive: true, mode: 0o700 });
    await mkdir(join(settings.home, 'redis'), { recursive: true });
    const lines = [
      `include ${quoted(join(settings.project, configFile))}`,
      'bind 127.0.0.1',
      `port ${settings.ports.redis}`,
      `unixsocket ${quoted(socket)}`,
      'unixsocketperm 700',
      `dir ${quoted(join(settings.home, 'redis'))}`,
      'daemonize no',
      // A password on the command line could be read by everybody on the machine.
      `requirepass ${secrets.redisPassword}`,
    ];
    await writeWhole(join(settings.home, 'redis.conf'), `${lines.join('\n')}\n`);
  },

  command({ settings }) {
    return { args: [join(settings.home, 'redis.conf')], env: {} };
  },

  async answer({ ports }, { redisPassword }) {
    const client = new Redis({
      host: '127.0.0.1',
      port: ports.redis,
      password: redisPassword,
      connectTimeout: 2_000,
      commandTimeout: 2_000,
      lazyConnect: true,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
    });
    // The promise says "Connection is closed" only; why it was is told to the listener.
    let reason: Error | null = null;
    client.on('error', (error: Error) => {
      reason = error;
    });
    try {
      await client.connect();
      await client.ping();
      const info = await client.info('server');
      return /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
    } catch (error) {
      throw reason ?? error;
    } finally {
      client.disconnect();
    }
  },
};

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
