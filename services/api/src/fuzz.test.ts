import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { demoPassword } from './db/demoPassword.ts';
import { mistakeIn, type SeenAnswer } from './fuzz/answers.ts';
import { anyRequest, type CallerName, type Document, type FuzzedRequest } from './fuzz/requests.ts';
import { allOptimizations } from './optimizations/choice.ts';
import { bearer, regularId, staff } from './testing/callers.ts';
import { startShopProcess } from './testing/process.ts';
import { forgetCachedAnswers, forgetJobs } from './testing/servers.ts';
import { seedTestDatabase, startShop, type TestShop, untilReady } from './testing/shop.ts';

/**
 * Requests made from the shop's own document, some right, some wrong in one place, some wrong everywhere. Whatever is asked: no 500, no
 * status and no body that the document does not know. `npm run fuzz` does it for five minutes on each variant; FUZZ_SEED repeats a run.
 */
const seconds = Number(process.env.FUZZ_SECONDS ?? 3);
const seed = Number(process.env.FUZZ_SEED ?? 20261121);

before(seedTestDatabase);
after(async () => {
  // Products were changed and made: the next test finds them as they were, and nobody works for it.
  await forgetJobs();
  await seedTestDatabase();
});

for (const { name, optimizations, start } of [
  { name: 'all off', optimizations: [], start: startShop },
  // With its processes: what nginx says by itself is an answer of the shop, too.
  { name: 'all on', optimizations: allOptimizations(), start: startShopProcess },
]) {
  describe(name, () => {
    let shop: TestShop;
    let document: Document;
    let headersOf: Record<CallerName, Record<string, string>>;
    before(async () => {
      await forgetCachedAnswers();
      shop = await start(optimizations, { LIMIT_GUESSES: '1000000' });
      await untilReady(shop);
      document = await shop.json<Document>('/openapi.json');
      headersOf = await callersAt(shop);
    });
    after(() => shop.close());

    test('answers nothing that its document does not know', {
      timeout: (seconds + 60) * 1000,
    }, async (context) => {
      const statuses = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(anyRequest(document), async (request) => {
          const answer = await ask(shop.url, request, headersOf[request.caller]);
          const kind = `${Math.floor(answer.status / 100)}xx`;
          statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
          const mistake = mistakeIn(document, request, answer);
          assert.equal(mistake, null, `${request.operation.operationId}: ${mistake}`);
        }),
        {
          seed,
          numRuns: 10_000_000,
          interruptAfterTimeLimit: seconds * 1000,
          markInterruptAsFailure: false,
        },
      );
      context.diagnostic(
        `asked: ${[...statuses].map(([kind, count]) => `${count} answers ${kind}`).join(', ')}`,
      );
      // Otherwise only the checks at the door have been tried.
      assert.ok((statuses.get('2xx') ?? 0) > 10, 'hardly anything was answered');
    });
  });
}

async function callersAt(shop: TestShop): Promise<Record<CallerName, Record<string, string>>> {
  const form = new URLSearchParams({ email: `customer${regularId}@example.com`, password: demoPassword });
  const signedIn = await shop.get('/account/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  return {
    nobody: {},
    'somebody with a bad token': { authorization: 'Bearer a.b.c', cookie: 'session=nothing' },
    'a customer': { ...(await bearer(regularId)), cookie },
    staff: await staff(),
  };
}

/** Not `fetch`, which mends addresses. */
function ask(url: string, asked: FuzzedRequest, callerHeaders: Record<string, string>): Promise<SeenAnswer> {
  const { hostname, port } = new URL(url);
  const { method, path, body } = asked;
  const headers = { ...asked.headers, ...callerHeaders };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers }, async (response) => {
      const type = response.headers['content-type'] ?? null;
      try {
        resolve({ status: response.statusCode ?? 0, type, body: await text(response) });
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}
