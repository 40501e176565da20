import { join } from 'node:path';
import { portVariables } from '../settings.ts';
import { checkUrl } from './answers.ts';
import type { Part } from './parts.ts';

const configFile = 'otel/collector.yaml';

/** Also the OpenTelemetry collector. No release archive: its checksum for this version has not been verified. */
export const jaeger: Part = {
  name: 'jaeger',
  title: 'Jaeger',
  purpose: 'collects traces and metrics',
  version: 'jaeger',
  onPath: { names: ['jaeger'], versionArgs: ['version'], version: /v?(2\.\d+\.\d+)/, atLeast: [2, 13] },
  debian: null,
  archive: null,
  source: { folder: 'tools/jaeger', package: 'github.com/jaegertracing/jaeger/cmd/jaeger' },
  byHand: 'Jaeger 2 (the program jaeger) from https://www.jaegertracing.io/download/',
  ports: ['otlpHttp', 'otlpGrpc', 'jaeger', 'jaegerHealth', 'jaegerMetrics', 'jaegerTelemetry'],
  compose: { service: 'jaeger', image: 'jaegertracing/jaeger' },
  configFiles: [configFile],

  async prepare() {},

  command({ settings }) {
    return {
      args: ['--config', join(settings.project, configFile)],
      env: {
        ...portVariables(settings.ports),
        DYNO_BIND: '127.0.0.1',
        DYNO_HOST__PROMETHEUS: '127.0.0.1',
        // Its traces of itself go to a port that is not ours, and its end waits ten seconds for them.
        OTEL_TRACES_SAMPLER: 'always_off',
      },
    };
  },

  async answer({ ports, versions }) {
    await checkUrl(`http://127.0.0.1:${ports.jaegerHealth}/status`);
    await checkUrl(`http://127.0.0.1:${ports.jaeger}/api/v3/services`);
    return versions.jaeger;
  },
};
