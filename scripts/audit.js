import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { npmCommand } from './npm.js';
import { main, project } from './setup.js';

/** Known holes of level high and above are 1; that nobody could be asked is 3, and not the same as clean. */
const exitCodes = { clean: 0, found: 1, notAsked: 3 };
const levels = ['critical', 'high', 'moderate', 'low'];

await main(async () => {
  const report = await ask();
  if (report.metadata?.vulnerabilities === undefined) {
    const why = report.message ?? report.error?.summary ?? 'npm gave no report';
    console.log(`Not asked: ${why}. The registry that npm uses has to answer audits.`);
    return exitCodes.notAsked;
  }
  const { vulnerabilities, dependencies } = report.metadata;
  for (const { name, severity, range, fixAvailable } of Object.values(report.vulnerabilities)) {
    const way = fixAvailable ? 'a fixed version exists' : 'no fixed version yet';
    console.log(`${severity}: ${name} ${range} (${way})`);
  }
  const counts = levels.map((level) => `${vulnerabilities[level]} ${level}`).join(', ');
  console.log(`${dependencies.total} packages: ${counts}.`);
  const isClean = vulnerabilities.critical + vulnerabilities.high === 0;
  return isClean ? exitCodes.clean : exitCodes.found;
});

/** npm ends with 1 for holes and for failures alike; its report tells them apart. */
async function ask() {
  const { command, first } = npmCommand(process.execPath);
  const args = [...first, 'audit', '--json', '--audit=true', '--loglevel=silent'];
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: project,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error) => error);
  try {
    return JSON.parse(stdout);
  } catch {
    return {};
  }
}
