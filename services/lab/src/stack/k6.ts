import type { Program } from './parts.ts';

export const k6: Program = {
  name: 'k6',
  title: 'k6',
  purpose: 'sends the load',
  version: 'k6',
  onPath: {
    names: ['k6'],
    versionArgs: ['version'],
    version: /k6(?:\.exe)? v(\d+\.\d+\.\d+)/,
    atLeast: [2, 0],
  },
  debian: null,
  archive: {
    version: '2.2.0',
    files: {
      'linux-x64': {
        url: 'https://github.com/grafana/k6/releases/download/v2.2.0/k6-v2.2.0-linux-amd64.tar.gz',
        sha256: 'b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d',
        member: 'k6-v2.2.0-linux-amd64/k6',
      },
    },
  },
  source: { folder: 'tools/k6', package: 'go.k6.io/k6/v2' },
  byHand: 'k6 2 from https://grafana.com/docs/k6/latest/set-up/install-k6/',
};
