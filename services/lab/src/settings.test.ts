import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DynoError } from './errors.ts';
import { portVariable, projectFolder, readSettings } from './settings.ts';

test('.env of the project alone gives complete settings', () => {
  const settings = readSettings({});
  assert.equal(settings.project, projectFolder);
  assert.equal(settings.home, join(projectFolder, '.dyno'));
  assert.equal(settings.results, join(projectFolder, 'results'));
  assert.equal(typeof settings.ports.otlpHttp, 'number');
  assert.match(settings.versions.mysql, /^\d/);
});

test('the environment wins, an empty variable counts as not set', () => {
  const settings = readSettings({
    DYNO_PORT__OTLP_HTTP: '4318',
    DYNO_VERSION__K6: '2.9.9',
    DYNO_STACK: 'native',
    SHOP_SIZE: '',
    DYNO_HOME: '/elsewhere/home',
    DYNO_RESULTS: 'other',
    DYNO_MARK: 'not a setting',
  });
  assert.equal(settings.ports.otlpHttp, 4318);
  assert.equal(settings.versions.k6, '2.9.9');
  assert.equal(settings.stack, 'native');
  assert.equal(settings.shopSize, readSettings({}).shopSize);
  assert.equal(settings.home, '/elsewhere/home');
  assert.equal(settings.results, join(projectFolder, 'other'));
});

test('all bad keys are named at once', () => {
  const message = messageOf({
    DYNO_PORT__MYSQL: 'abc',
    DYNO_PORT__REDIS: '70000',
    DYNO_PORT__MYSQLL: '1',
    DYNO_STACK: 'podman',
    SHOP_SIZE: '101',
  });
  for (const part of [
    'DYNO_PORT__MYSQL=abc:',
    'DYNO_PORT__REDIS=70000:',
    'DYNO_PORT__MYSQLL is not',
    'DYNO_STACK=podman:',
    'SHOP_SIZE=101:',
    '.env',
  ]) {
    assert.ok(message.includes(part), `${part} in\n${message}`);
  }
});

test('one port for two parts is refused', () => {
  assert.match(
    messageOf({ DYNO_PORT__MYSQL: '5000', DYNO_PORT__REDIS: '5000' }),
    /DYNO_PORT__MYSQL and DYNO_PORT__REDIS are both 5000/,
  );
});

test('without .env every missing variable is named', () => {
  const empty = mkdtempSync(join(tmpdir(), 'dyno-settings-'));
  try {
    const message = messageOf({}, empty);
    assert.match(message, /DYNO_STACK is not set/);
    assert.match(message, /DYNO_PORT__OTLP_HTTP is not set/);
    assert.match(message, /DYNO_VERSION__K6 is not set/);
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test('a port knows its variable', () => {
  assert.equal(portVariable('jaegerHealth'), 'DYNO_PORT__JAEGER_HEALTH');
});

function messageOf(env: NodeJS.ProcessEnv, project?: string): string {
  try {
    readSettings(env, project);
  } catch (error) {
    assert.ok(error instanceof DynoError);
    return error.message;
  }
  return assert.fail('no error');
}
