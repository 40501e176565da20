import { check } from 'k6';
import { type BrowserContext, browser } from 'k6/browser';
import { load } from '../lib/load.ts';
import { type Everybody, signEverybodyIn } from '../lib/people.ts';
import { anyOf } from '../lib/shop.ts';
import { traceparent } from '../lib/traceparent.ts';

/**
 * The account's dashboard as a browser shows it to somebody who comes for the first time: k6's browser module with the
 * system's Chromium, whose web vitals (time to first byte, largest paint) are metrics of a comparison. By hand:
 *   K6_BROWSER_EXECUTABLE_PATH=/usr/bin/chromium k6 run -e BASE_URL=http://127.0.0.1:28080 k6/scenarios/account-page-browser.ts
 * as root with K6_BROWSER_ARGS=no-sandbox. A browser is the load of many users: one or two are enough to see a page.
 */
export const options = {
  systemTags: ['status', 'check', 'error_code'],
  scenarios: {
    pages: {
      executor: 'constant-vus',
      vus: Math.min(load.vus, 2),
      duration: `${load.durationSeconds}s`,
      // A slow machine needs long for starting Chromium, which counts as a part of the iteration.
      gracefulStop: '60s',
      options: { browser: { type: 'chromium' } },
    },
  },
};

/** How long somebody looks at a page: Chromium needs most of a core for loading one, and must not take all of the machine. */
const lookMs = Number(__ENV.THINK_SECONDS ?? 1) * 1000;

/** The page is what is measured, so nobody signs in within the load. */
export const setup = () => signEverybodyIn({ browsers: 10 });

/** Page after page in one iteration: each iteration starts Chromium anew, which costs more than the pages. */
export default async function lookAtAccount(everybody: Everybody): Promise<void> {
  const session = anyOf(everybody[load.baseUrl]?.browsers ?? []);
  const endMs = Date.now() + load.durationSeconds * 1000;
  do {
    const context = await browser.newContext();
    try {
      await lookOnce(context, session);
    } finally {
      await context.close();
    }
  } while (Date.now() < endMs);
}

async function lookOnce(context: BrowserContext, session: string): Promise<void> {
  const [name = '', value = ''] = session.split('=');
  await context.addCookies([{ name, value, url: load.baseUrl }]);
  const page = await context.newPage();
  try {
    await page.setExtraHTTPHeaders({ traceparent: traceparent(load.traceSampling) });
    await page.goto(`${load.baseUrl}/account`);
    const sums = await page.locator('[data-cents]').count();
    check(page, {
      'the account is shown': () => page.url().endsWith('/account'),
      'with its sums': () => sums > 0,
    });
    await page.waitForTimeout(lookMs);
  } finally {
    // Web vitals are told when the page is left.
    await page.close();
  }
}
