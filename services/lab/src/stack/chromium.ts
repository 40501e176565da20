import type { Program } from './parts.ts';

/** For PDF files, loads in a browser and the browser tests only: neither any other run nor the dashboard needs it. */
export const chromium: Program = {
  name: 'chromium',
  title: 'Chromium',
  purpose: 'prints reports as PDF, loads pages for k6, tests the dashboard',
  version: null,
  onPath: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    versionArgs: ['--version'],
    version: /(\d+\.\d+\.\d+)/,
    // Knows page numbers in margins and opens what is folded when it prints.
    atLeast: [131, 0],
  },
  debian: { packages: ['chromium'], how: 'install', binary: '/usr/bin/chromium' },
  archive: null,
  source: null,
  byHand: 'Chromium or Google Chrome (Debian package chromium)',
};
