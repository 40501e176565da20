import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './setup.js';

/**
 * npm writes only those platform packages into the lock file that its registry has at that moment, and `npm ci`
 * refuses a lock file in which one is missing. Run after `npm install`: `node scripts/lock.js`.
 */
const platformName = /-(android|darwin|freebsd|linux|win32)-(arm64|x64|arm|ia32)(?:-(musl|gnu|msvc))?$/;

const path = join(project, 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
writeFileSync(path, `${JSON.stringify(complete(lock), null, 2)}\n`);

/** Optional dependencies that no entry of the lock file stands for: where, which version. */
function missingPlatforms(lock) {
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(
        ([name]) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
      )
      .map(([name, version]) => ({ name, version, license: entry.license })),
  );
}

function complete(lock) {
  for (const { name, version, license } of missingPlatforms(lock)) {
    const [, os, cpu, libc] = platformName.exec(name) ?? [];
    if (!os)
      throw new Error(`${name} has no platform in its name: add its entry to package-lock.json by hand.`);
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(os === 'linux' && libc ? { libc: [libc === 'gnu' ? 'glibc' : libc] } : {}),
      ...(license ? { license } : {}),
      optional: true,
      os: [os],
    };
  }
  const sorted = Object.entries(lock.packages).sort(([one], [other]) => one.localeCompare(other, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}
