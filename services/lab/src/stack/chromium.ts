import type { Program } from './parts.ts';

/** For the browser tests only: neither a run nor the dashboard needs it. */
export const chromium: Program = {
  name: 'chromium',
  title: 'Chromium',
  purpose: 'tests the dashboard',
  version: null,
  onPath: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    versionArgs: ['--version'],
    version: /(\d+\.\d+\.\d+)/,
    atLeast: [120, 0],
  },
  debian: { packages: ['chromium'], how: 'install', binary: '/usr/bin/chromium' },
  archive: null,
  source: null,
  byHand: 'Chromium or Google Chrome (Debian package chromium)',
};
