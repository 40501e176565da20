import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExperimentList, experimentListSchema } from '@dyno/contracts/experimentList';
import { homeFolder, outputOf, projectFolder } from './cli.ts';

let known: { stamp: string; list: Promise<ExperimentList> } | null = null;

/**
 * What can be measured. Experiment files are programs, so the command line reads them, in a process of its own; asked again only
 * when a file has changed, because that takes a second of a machine that may be measuring.
 */
export async function readExperimentList(): Promise<ExperimentList> {
  const stamp = await stampOf();
  if (known?.stamp !== stamp) {
    const list = outputOf(['experiments', '--json']).then((text) =>
      experimentListSchema.parse(JSON.parse(text)),
    );
    known = { stamp, list };
    list.catch(() => {
      known = null;
    });
  }
  return known.list;
}

async function stampOf(): Promise<string> {
  const folders = [
    join(projectFolder(), 'experiments'),
    join(projectFolder(), 'k6/scenarios'),
    join(homeFolder(), 'calibrations'),
  ];
  const stamps = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return Promise.all(
        names.sort().map(async (name) => {
          const found = await stat(join(folder, name)).catch(() => null);
          return `${name} ${found?.mtimeMs} ${found?.size}`;
        }),
      );
    }),
  );
  return stamps.flat().join('\n');
}
