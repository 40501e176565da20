import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exitCodes } from '@dyno/contracts/exitCodes';
import { DynoError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import { runErrand } from './run/errand.ts';
import { chromium } from './stack/chromium.ts';
import { fromPath } from './stack/install.ts';
import { isExecutable, searchFolders } from './stack/search.ts';

/** Many times what a report takes on a slow machine. */
const secondsMax = 90;

/** A page on A4, printed by the system's Chromium in a profile of its own; the page's style sheet says what stands on each page. */
export async function printPdf(invocation: Invocation, html: string, runId: string): Promise<Buffer> {
  const browser = await findChromium();
  const folder = await mkdtemp(join(tmpdir(), 'dyno-pdf-'));
  try {
    const [page, pdf] = [join(folder, 'report.html'), join(folder, 'report.pdf')];
    await writeFile(page, html);
    const processes = await invocation.openProcesses({ kind: 'run', runId }, true);
    await runErrand(
      processes,
      {
        what: 'print the report',
        command: browser,
        args: [...flags(join(folder, 'profile')), `--print-to-pdf=${pdf}`, pathToFileURL(page).href],
        cwd: folder,
        env: process.env,
        logFile: join(folder, 'chromium.log'),
      },
      { seconds: secondsMax, wayOut: 'Take -o report.html and print that from your browser.' },
      invocation.signal,
    );
    return await readFile(pdf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function flags(profile: string): string[] {
  return [
    '--headless',
    '--disable-gpu',
    '--no-first-run',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // The page has its own header and footer; the browser's would show the path of a temporary file.
    '--no-pdf-header-footer',
    `--user-data-dir=${profile}`,
    // Chromium has no sandbox for root; the page is ours and its policy lets no script run.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

/** DYNO_CHROMIUM, else one on PATH that is new enough. */
async function findChromium(): Promise<string> {
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
  throw new DynoError(
    `A PDF is printed by Chromium, and there is ${found.refused}: install ${chromium.byHand}, name one with DYNO_CHROMIUM, or take -o report.html and print that from any browser.`,
    exitCodes.usage,
  );
}
