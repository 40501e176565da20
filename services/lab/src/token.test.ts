import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Codes, isSame, newCode, readToken, sessionOf } from './token.ts';

const token = 'a'.repeat(64);

test('a token is made once, for its user alone', async () => {
  await using home = await temporaryFolder();
  const [first, second] = await Promise.all([readToken(home.path), readToken(home.path)]);
  assert.equal(first, second);
  assert.match(first, /^[0-9a-f]{64}$/);
  const file = join(home.path, 'token');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await readFile(file, 'utf8')).trim(), first);

  await chmod(file, 0o644);
  await assert.rejects(readToken(home.path), /can be read by others \(mode 644\): remove it/);
  await rm(file);
  await symlink('/etc/hostname', file);
  await assert.rejects(readToken(home.path), /is a symbolic link/);
  await rm(file);
  await writeFile(file, 'short\n', { mode: 0o600 });
  await assert.rejects(readToken(home.path), /is damaged/);
});

test('a code opens the dashboard it was made for, once', () => {
  const codes = new Codes(token, 3000, 1_700_000_000_000);
  const code = newCode(token, 3000, 1_700_000_000_001);
  assert.equal(codes.redeem(code), true);
  assert.equal(codes.redeem(code), false, 'a second time');
  assert.equal(codes.redeem(newCode(token, 3000, 1_699_999_999_999)), false, 'from before its start');
  assert.equal(codes.redeem(newCode(token, 3001, 1_700_000_000_002)), false, 'of another port');
  assert.equal(codes.redeem(newCode('b'.repeat(64), 3000, 1_700_000_000_002)), false, 'of another token');
  const fresh = newCode(token, 3000, 1_700_000_000_003);
  for (const wrong of ['', token, fresh.slice(0, -1), `${fresh}0`, fresh.replace('3', '4'), 'ü'.repeat(70)])
    assert.equal(codes.redeem(wrong), false, wrong);
  assert.equal(codes.redeem(fresh), true, 'wrong ones use nothing up');
});

test('a session is no code, and belongs to one port', () => {
  assert.notEqual(sessionOf(token, 3000), sessionOf(token, 3001));
  assert.equal(isSame(sessionOf(token, 3000), sessionOf(token, 3000)), true);
  assert.equal(isSame('', sessionOf(token, 3000)), false);
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'dyno-token-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
