import type { Program } from './parts.ts';

/** No part that listens by itself: a service that balances over instances starts it, on the port that it was given. */
export const nginx: Program = {
  name: 'nginx',
  title: 'nginx',
  purpose: 'balances over instances, serves static files, ends TLS',
  version: 'nginx',
  onPath: { names: ['nginx'], versionArgs: ['-v'], version: /nginx\/(\d+\.\d+\.\d+)/, atLeast: [1, 18] },
  // Debian's package starts a service of its own, so its files are taken without installing it.
  debian: {
    packages: ['nginx'],
    how: 'unpack',
    libraries: ['libpcre2-8-0', 'libssl3'],
    binary: '/usr/sbin/nginx',
  },
  archive: null,
  source: null,
  byHand: 'nginx 1.18 or newer: Debian package nginx, or https://nginx.org/en/download.html',
};
