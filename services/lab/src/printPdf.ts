import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Invocation } from './invocation.ts';
import { runErrand } from './run/errand.ts';
import { findChromium } from './stack/findChromium.ts';

/** Many times what a report takes on a slow machine. */
const secondsMax = 90;

/** A page on A4, printed by the system's Chromium in a profile of its own; the page's style sheet says what stands on each page. */
export async function printPdf(invocation: Invocation, html: string, runId: string): Promise<Buffer> {
  const browser = await findChromium(
    'A PDF is printed by Chromium',
    'take -o report.html and print that from any browser',
  );
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
