import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from '../errors.ts';
import { chromium } from './chromium.ts';
import { fromPath } from './install.ts';
import { isExecutable, searchFolders } from './search.ts';

/** DYNO_CHROMIUM, else one on PATH that is new enough; the error begins with what it is for and ends with the other way out. */
export async function findChromium(purpose: string, wayOut?: string): Promise<string> {
  const named = process.env.DYNO_CHROMIUM;
  if (named) {
    if (isExecutable(named)) return named;
    throw new DynoError(
      `DYNO_CHROMIUM is ${named}, which is no program that can be started here: name Chromium or Google Chrome, or leave it empty.`,
      exitCodes.usage,
    );
  }
  const found = await fromPath(chromium, { folders: searchFolders() });
  if ('path' in found) return found.path;
  const ways = [`install ${chromium.byHand}`, 'name one with DYNO_CHROMIUM', ...(wayOut ? [wayOut] : [])];
  throw new DynoError(
    `${purpose}, and there is ${found.refused}: ${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}.`,
    exitCodes.usage,
  );
}
