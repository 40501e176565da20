import { check } from 'k6';
import { browser } from 'k6/browser';
import { load } from '../lib/load.ts';
import { emailOf, password, regulars } from '../lib/shop.ts';

/**
 * The account page as a browser shows it: k6's browser module with the system's Chromium (K6_BROWSER_EXECUTABLE_PATH, and
 * K6_BROWSER_ARGS=no-sandbox as root). k6 prints browser_web_vital_ttfb and _lcp, time to first byte and largest paint. By hand:
 *   k6 run -e BASE_URL=http://127.0.0.1:28080 k6/scenarios/account-page-browser.ts
 * A browser is the load of many users: two of them are enough to see a page, and are no load test.
 */
export const options = {
  scenarios: {
    pages: {
      executor: 'constant-vus',
      vus: Math.min(load.vus, 2),
      duration: `${load.durationSeconds}s`,
      gracefulStop: '10s',
      options: { browser: { type: 'chromium' } },
    },
  },
};

export default async function lookAtAccount(): Promise<void> {
  const page = await browser.newPage();
  try {
    await page.goto(`${load.baseUrl}/account/sign-in`);
    await page.locator('input[name="email"]').fill(emailOf(1 + Math.floor(Math.random() * regulars)));
    await page.locator('input[name="password"]').fill(password);
    await Promise.all([page.waitForNavigation(), page.locator('button[type="submit"]').click()]);
    const sums = await page.locator('[data-cents]').count();
    check(page, {
      'the account is shown': () => page.url().endsWith('/account'),
      'with its sums': () => sums > 0,
    });
  } finally {
    // Web vitals are told when the page is left.
    await page.close();
  }
}
