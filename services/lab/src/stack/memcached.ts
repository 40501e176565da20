import { once } from 'node:events';
import { connect } from 'node:net';
import type { Part } from './parts.ts';

/** More than the sessions of the default shop need. */
const megabytes = 64;

export const memcached: Part = {
  name: 'memcached',
  title: 'Memcached',
  purpose: "one of the shop's session stores",
  version: 'memcached',
  onPath: {
    names: ['memcached'],
    versionArgs: ['--version'],
    version: /memcached (\d+\.\d+\.\d+)/,
    atLeast: [1, 5],
  },
  // Debian's package starts a service of its own, so its files are taken without installing it.
  debian: {
    packages: ['memcached'],
    how: 'unpack',
    libraries: ['libevent-2.1-7', 'libsasl2-2'],
    binary: '/usr/bin/memcached',
  },
  archive: null,
  source: null,
  byHand: 'Memcached 1.5 or newer: Debian package memcached, or https://memcached.org/downloads',
  ports: ['memcached'],
  compose: { service: 'memcached', image: 'memcached' },
  configFiles: [],

  async prepare() {},

  command({ settings }) {
    const args = ['--listen=127.0.0.1', `--port=${settings.ports.memcached}`, ...memcachedLimits];
    // Started as root it refuses to stay so, and must be told who it is to be.
    if (process.getuid?.() === 0) args.push('--user=root');
    return { args, env: {} };
  },

  async answer({ ports }) {
    const socket = connect({ host: '127.0.0.1', port: ports.memcached, timeout: 2_000 });
    socket.on('timeout', () => socket.destroy(new Error('no answer within 2 s')));
    try {
      socket.write(versionRequest);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return versionIn(answer);
    } finally {
      socket.destroy();
    }
  },
};

/**
 * The binary protocol alone: whatever a web page posts to this port is no request of it, where the text protocol would
 * take each line of the body for a command.
 */
const memcachedLimits: readonly string[] = [
  '--protocol=binary',
  '--udp-port=0',
  `--memory-limit=${megabytes}`,
  '--conn-limit=1024',
  '--threads=2',
];

/** Magic 0x80, operation 0x0b: version; a header of 24 bytes without anything behind it. */
const versionRequest = Buffer.alloc(24);
versionRequest.set([0x80, 0x0b]);

/** Magic 0x81, status at 6, length of the body at 8. */
function versionIn(answer: Buffer): string {
  if (answer.length < 24 || answer[0] !== 0x81 || answer.readUInt16BE(6) !== 0) {
    throw new Error('this is no Memcached that speaks the binary protocol');
  }
  return answer.toString('latin1', 24, 24 + answer.readUInt32BE(8));
}
