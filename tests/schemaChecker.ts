import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { takeMeasuringLock } from '../services/lab/src/run/lock.ts';
import { readSettings } from '../services/lab/src/settings.ts';

const run = promisify(execFile);

/** check-jsonschema carries the schemas of Compose, GitHub and GitLab; it lives in a Python environment of its own below .dyno. */
export async function schemaChecker(): Promise<{ program: string } | { missing: string }> {
  const { home } = readSettings();
  // Files of tests run at the same time, and one installation is enough.
  const lock = await takeMeasuringLock({
    home,
    wait: true,
    what: 'installation of check-jsonschema',
    name: 'dyno-schema-checker',
  });
  return install(home).finally(() => lock.release());
}

async function install(home: string): Promise<{ program: string } | { missing: string }> {
  const version = '0.39.0';
  const folder = join(home, `check-jsonschema-${version}`);
  const program = join(folder, 'bin', 'check-jsonschema');
  if (existsSync(join(folder, 'complete'))) return { program };
  try {
    await run('python3', ['-m', 'venv', '--help']);
    await run('python3', ['-m', 'ensurepip', '--version']);
  } catch {
    return { missing: 'the schema check needs python3 with venv and pip (Debian package python3-venv)' };
  }
  await mkdir(dirname(folder), { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  try {
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `check-jsonschema==${version}`,
    ];
    await run(join(folder, 'bin', 'python'), pip);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    return {
      missing: `check-jsonschema ${version} cannot be installed: ${String(error).split('\n').at(-2)}`,
    };
  }
  await mkdir(join(folder, 'complete'));
  return { program };
}
