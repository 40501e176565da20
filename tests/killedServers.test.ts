import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { RowDataPacket } from 'mysql2/promise';
import { signInWithForm } from '../services/api/src/behaviour/signIn.ts';
import { schemaName } from '../services/api/src/db/schema.ts';
import { seed } from '../services/api/src/db/seed.ts';
import { allOptimizations } from '../services/api/src/optimizations/choice.ts';
import type { OptimizationName } from '../services/api/src/optimizations/index.ts';
import { Books, linesOf, orderUntilPlaced } from '../services/api/src/testing/books.ts';
import { type ShopProcess, startShopProcess } from '../services/api/src/testing/process.ts';
import { withMysql } from '../services/api/src/testing/servers.ts';
import { startShop, type TestShop, untilReady } from '../services/api/src/testing/shop.ts';
import { childrenNamed } from '../services/api/src/testing/supervised.ts';
import { Tally } from '../services/api/src/testing/tally.ts';
import { MailServer } from '../services/worker/src/testing/mailServer.ts';
import { startTestWorker, until } from '../services/worker/src/testing/work.ts';
import { PrivateServers } from './privateServers.ts';

/**
 * Real servers and processes of the shop are killed (kill -9) while orders are placed, and started again on what they left.
 * ORDER_FAULTS=whole does it again and again, to an instance and the worker, too, and where no switch is on.
 */
const whole = process.env.ORDER_FAULTS === 'whole';
const rounds = whole ? 5 : 1;
const users = whole ? 8 : 4;
const prefix = 'shoptest_killed';
const patienceMs = 60_000;

let servers: PrivateServers;
before(async () => {
  servers = await PrivateServers.start(['mysql', 'redis', 'memcached']);
  await seed({ mysqlUrl: servers.connections.mysqlUrl, prefix, size: 1, onProgress() {} });
});
after(() => servers.close());

describe('killed while orders are placed', { timeout: 500_000 }, () => {
  test('all off: the database', { skip: !whole }, async (context) => {
    const { environment, buyers, mail, ask } = await open(context, []);
    for (let round = 0; round < rounds; round += 1) await killMysql(buyers);
    await assertAllIsWell({ buyers, ask });
    // What a request could not send is left to the worker.
    const worker = await startTestWorker({ ...environment, SHOP_OPTIMIZATIONS: 'connection-pool' });
    context.after(() => worker.stop());
    await assertEmailsCameOnce({ mail, ask, mayBeUnknown: rounds * users });
  });

  test(`all on: the database, Redis${whole ? ', an instance, the worker' : ''}`, async (context) => {
    const { shop, buyers, mail, ask } = await open(context, allOptimizations());
    for (let round = 0; round < rounds; round += 1) {
      await killMysql(buyers);
      await killRedis({ buyers, mail, ask });
      // Each by itself is in nginx.test.ts and deaths.test.ts.
      if (!whole) continue;
      // Once: nginx leaves it out until it tries one that listens again; were the other one killed meanwhile, nobody would answer.
      if (round === 0) await killChild(shop, 'api/src/main.ts', buyers);
      await killChild(shop, 'worker/src/main.ts', buyers);
    }
    await assertAllIsWell({ buyers, ask });
    await assertEmailsCameOnce({ mail, ask, mayBeUnknown: rounds * 2 * workerConcurrency });
  });
});

test('Memcached is killed while pages are read: a 503, then whoever was signed in signs in again, and nobody is taken for another', async (context) => {
  const { mysqlUrl, memcachedUrl } = servers.connections;
  const shop = await startShop(['memcached-sessions', 'indexes', 'connection-pool'], {
    MYSQL_URL: mysqlUrl,
    MEMCACHED_URL: memcachedUrl,
    SHOP_DATABASE: prefix,
    // Who is away is known at once; one that is there may be slow on a busy machine.
    SESSION_TIMEOUT_MS: '5000',
  });
  context.after(() => shop.close());
  await untilReady(shop);
  const tallies = { 200: new Tally(), 303: new Tally(), 503: new Tally() };
  let over = false;
  // All of them before the first reads: hashes come two at a time, and Memcached is killed when enough pages were seen.
  const signedIn = await Promise.all(
    [6, 7, 8, 9].map(async (customerId) => {
      const cookie = await signInWithForm(shop, customerId);
      return { customerId, cookie, own: await greeting(shop, cookie) };
    }),
  );
  const readers = Promise.all(
    signedIn.map(async ({ customerId, cookie: first, own }) => {
      let cookie = first;
      while (!over) {
        const answer = await shop.get('/account', { headers: { cookie } });
        tallies[answer.status as keyof typeof tallies].add();
        if (answer.status === 200) assert.equal(greetingIn(answer.body), own);
        if (answer.status === 503) assert.equal(answer.headers.get('retry-after'), '1');
        if (answer.status === 303) cookie = await signInWithForm(shop, customerId);
      }
    }),
  );
  const seen = (status: keyof typeof tallies, times: number) =>
    Promise.race([tallies[status].more(times), readers]);
  await seen(200, 8);
  await servers.kill('memcached');
  await seen(503, 8);
  const signedInAgain = seen(303, 4);
  await servers.startAgain('memcached');
  await signedInAgain;
  await seen(200, 8);
  over = true;
  await readers;
});

async function greeting(shop: TestShop, cookie: string): Promise<string> {
  return greetingIn((await shop.get('/account', { headers: { cookie } })).body);
}

function greetingIn(page: string): string {
  return /Good to see you, [^<]*/.exec(page)?.[0] ?? assert.fail(page);
}

const workerConcurrency = 4;

type Ask = (sql: string, ...values: unknown[]) => Promise<RowDataPacket[]>;

interface Opened {
  shop: ShopProcess;
  environment: Record<string, string>;
  buyers: Buyers;
  mail: MailServer;
  ask: Ask;
}

async function open(context: TestContext, on: readonly OptimizationName[]): Promise<Opened> {
  const { mysqlUrl, redisUrl } = servers.connections;
  const mail = await MailServer.start();
  context.after(() => mail.close());
  const environment = {
    MYSQL_URL: mysqlUrl,
    REDIS_URL: redisUrl,
    SMTP_URL: mail.url,
    SHOP_DATABASE: prefix,
    JOB_LEASE_MS: '1000',
    JOB_LOCK_MS: '1000',
    JOB_RETRY_DELAY_MS: '20',
    RELAY_INTERVAL_MS: '20',
    RELAY_RESTORE_MS: '100',
    WORKER_CONCURRENCY: String(workerConcurrency),
  };
  const shop = await startShopProcess(on, environment);
  context.after(() => shop.close());
  const schema = schemaName(prefix, shop.optimizations.has('indexes'));
  const ask: Ask = (sql, ...values) =>
    withMysql(async (connection) => {
      await connection.query(`use ${schema}`);
      return (await connection.query<RowDataPacket[]>(sql, values))[0];
    }, mysqlUrl);
  const buyers = await Buyers.start(shop, ask);
  return { shop, environment, buyers, mail, ask };
}

/** Each sends an order until it is placed, then the next one, until all are told to stop. */
class Buyers {
  readonly placed = new Tally();
  readonly refused = new Tally();
  readonly books: Books;
  readonly #bought: Promise<unknown>;
  #over = false;

  static async start(shop: ShopProcess, ask: Ask): Promise<Buyers> {
    const buyers = new Buyers(shop, await Books.open(ask));
    await buyers.go(buyers.placed, users);
    return buyers;
  }

  private constructor(shop: ShopProcess, books: Books) {
    this.books = books;
    this.#bought = Promise.all(
      Array.from({ length: users }, async (_, user) => {
        for (let nth = 0; !this.#over; nth += 1) {
          await orderUntilPlaced(shop, 1700 + user, linesOf(user + nth), this.refused);
          this.placed.add();
        }
      }),
    );
    // Told to whoever waits next.
    this.#bought.catch(() => {});
  }

  /** When it has happened so often again; what goes wrong meanwhile ends the wait. */
  async go(tally: Tally, times: number): Promise<void> {
    await Promise.race([tally.more(times), this.#bought]);
  }

  /** Number of placed orders. */
  async end(): Promise<number> {
    this.#over = true;
    await this.#bought;
    return this.placed.count;
  }
}

async function killMysql(buyers: Buyers): Promise<void> {
  await servers.kill('mysql');
  await buyers.go(buyers.refused, users);
  await servers.startAgain('mysql');
  await buyers.go(buyers.placed, users);
}

/** Orders do not need it: nobody notices, neither when it goes nor when it is back, empty; what it was given is given to it again. */
async function killRedis({ buyers, mail, ask }: Pick<Opened, 'buyers' | 'mail' | 'ask'>): Promise<void> {
  const before = buyers.refused.count;
  mail.hold = 'before the text';
  const areQueued = async () => {
    const [queued] = await ask(`select count(*) n from outbox where state = 'queued'`);
    return queued?.n > workerConcurrency * 2;
  };
  await until('more e-mails are queued than the worker has begun', areQueued, patienceMs);
  await servers.kill('redis');
  mail.release();
  await buyers.go(buyers.placed, users);
  await servers.startAgain('redis');
  await buyers.go(buyers.placed, users);
  assert.equal(buyers.refused.count, before);
}

async function killChild(shop: ShopProcess, program: string, buyers: Buyers): Promise<void> {
  const before = buyers.refused.count;
  const children = await childrenNamed(shop, program);
  const [victim = assert.fail(`there is no ${program}`)] = children;
  process.kill(victim, 'SIGKILL');
  await buyers.go(buyers.placed, users);
  const isBack = async () => {
    const now = await childrenNamed(shop, program);
    return now.length === children.length && !now.includes(victim);
  };
  await until(`${program} is back`, isBack, patienceMs);
  await buyers.go(buyers.placed, users);
  // Those that were under way in it, once when it dies and once when nginx tries it before it listens again.
  assert.ok(buyers.refused.count - before <= users * 2, `${buyers.refused.count - before} were refused`);
}

async function assertAllIsWell({ buyers, ask }: Pick<Opened, 'buyers' | 'ask'>): Promise<void> {
  const placed = await buyers.end();
  assert.equal(await buyers.books.balance(), placed);
  const [left] = await ask('select count(*) n from products where stock < 0');
  assert.equal(left?.n, 0);
}

/** One for each order, however often its sending was begun; of those that were in the dialogue nobody knows. */
async function assertEmailsCameOnce(deps: {
  mail: MailServer;
  ask: Ask;
  mayBeUnknown: number;
}): Promise<void> {
  const { mail, ask, mayBeUnknown } = deps;
  const haveEnded = async () => {
    const [owed] = await ask(`select count(*) n from outbox where state in ('waiting', 'queued')`);
    return owed?.n === 0;
  };
  await until('every e-mail has ended', haveEnded, patienceMs);
  const emails = await ask('select id, state from emails');
  let unknown = 0;
  for (const { id, state } of emails) {
    if (state === 'unknown') unknown += 1;
    else assert.equal(state, 'sent', `e-mail ${id}`);
    const came = mail.count(id);
    assert.ok(
      came === 1 || (came === 0 && state === 'unknown'),
      `e-mail ${id}, ${state}, came ${came} times`,
    );
  }
  assert.ok(unknown <= mayBeUnknown, `${unknown} are unknown`);
}
