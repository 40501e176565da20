import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DynoError } from '../errors.ts';
import { portVariables } from '../settings.ts';
import { checkUrl } from './answers.ts';
import { writeWhole } from './files.ts';
import type { Part } from './parts.ts';

const configFile = 'otel/prometheus.yaml';
const release = 'https://github.com/prometheus/prometheus/releases/download/v3.15.0/prometheus-3.15.0';

export const prometheus: Part = {
  name: 'prometheus',
  title: 'Prometheus',
  purpose: 'keeps metrics',
  version: 'prometheus',
  onPath: {
    names: ['prometheus'],
    versionArgs: ['--version'],
    version: /version (\d+\.\d+\.\d+)/,
    atLeast: [2, 40],
  },
  // Debian's package starts a service of its own, so its files are taken without installing it.
  debian: { packages: ['prometheus'], how: 'unpack', binary: '/usr/bin/prometheus' },
  archive: {
    version: '3.15.0',
    files: {
      'linux-x64': {
        url: `${release}.linux-amd64.tar.gz`,
        sha256: '2a542df32eac02ee17b9d844fb2aa1de00dafa5476579ba8a3ba862e9d572ea0',
        member: 'prometheus-3.15.0.linux-amd64/prometheus',
      },
      'linux-arm64': {
        url: `${release}.linux-arm64.tar.gz`,
        sha256: 'f1f90ec08e849d494ca66c611470afc50192f0355f1a61c33f2cbde02d067823',
        member: 'prometheus-3.15.0.linux-arm64/prometheus',
      },
    },
  },
  source: null,
  byHand: 'Prometheus 2.40 or newer: Debian package prometheus, or https://prometheus.io/download/',
  ports: ['prometheus'],
  compose: { service: 'prometheus', image: 'prom/prometheus' },
  configFiles: [configFile],

  async prepare({ settings }) {
    const template = await readFile(join(settings.project, configFile), 'utf8');
    await writeWhole(
      join(settings.home, 'prometheus.yaml'),
      render(template, { ...portVariables(settings.ports), DYNO_HOST__JAEGER: '127.0.0.1' }),
    );
  },

  // Neither --web.enable-lifecycle nor --web.enable-admin-api: any web page can post to a port of this machine.
  command({ settings }) {
    return {
      args: [
        `--config.file=${join(settings.home, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(settings.home, 'prometheus')}`,
        '--storage.tsdb.retention.time=15d',
        `--web.listen-address=127.0.0.1:${settings.ports.prometheus}`,
      ],
      env: {},
    };
  },

  async answer({ ports }) {
    await checkUrl(`http://127.0.0.1:${ports.prometheus}/-/ready`);
    const info = await checkUrl(`http://127.0.0.1:${ports.prometheus}/api/v1/status/buildinfo`);
    return z.object({ data: z.object({ version: z.string() }) }).parse(JSON.parse(info)).data.version;
  },
};

/** Prometheus does not read the environment: `${NAME}` is replaced here. */
export function render(template: string, values: Record<string, string>): string {
  return template.replace(/\$\{(DYNO_[A-Z_]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new DynoError(`${configFile}: there is no variable ${name}.`);
    return value;
  });
}
