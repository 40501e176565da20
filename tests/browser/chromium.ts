import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The system's; null where there is none. */
export const chromiumPath = findChromium();
/** Of a test that needs it. */
export const options = { skip: chromiumPath ? false : 'no Chromium on PATH and no DYNO_CHROMIUM' };

/** Without anything that Chromium does for itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath === null ? {} : { executablePath: chromiumPath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function findChromium(): string | null {
  if (process.env.DYNO_CHROMIUM) return process.env.DYNO_CHROMIUM;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return (
    folders.flatMap((path) => names.map((name) => join(path, name))).find((path) => existsSync(path)) ?? null
  );
}
