import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Customer } from '../auth/caller.ts';
import { MemoryCache } from '../optimizations/memoryCache.ts';
import { Problem } from '../problem.ts';
import { orAbsent, present } from './absence.ts';
import { Changes } from './changes.ts';
import type { Scope } from './key.ts';
import type { Representation } from './representation.ts';
import { throughCaches } from './through.ts';

const ada = new Customer(1, 'customer');
const bob = new Customer(2, 'staff');

for (const { scope, mayRead } of [
  { scope: { kind: 'public' }, mayRead: [] },
  { scope: { kind: 'user', id: 1 }, mayRead: ["Ada's id", "Ada's role", "Bob's role"] },
  { scope: { kind: 'role', role: 'staff' }, mayRead: ["Bob's role"] },
] as const satisfies readonly { scope: Scope; mayRead: readonly string[] }[]) {
  for (const caches of [[], [memory()]]) {
    const where = caches.length === 0 ? 'without a cache' : 'through a cache';
    test(`${where}, a load for ${scope.kind} reads no caller that it is not for`, async () => {
      for (const [what, read] of Object.entries({
        "Ada's id": () => ada.id,
        "Ada's role": () => ada.role,
        "Bob's id": () => bob.id,
        "Bob's role": () => bob.role,
      })) {
        const load = async () => {
          // Behind an await, as a handler would.
          await new Promise((resolve) => setImmediate(resolve));
          return answer(String(read()));
        };
        const asked = async () => throughCaches(caches, { scope, route: 'page', parameters: { what } }, load);
        if ((mayRead as readonly string[]).includes(what))
          assert.equal((await asked()).body.toString(), String(read()));
        else await assert.rejects(asked, /caller was asked for/, what);
      }
    });
  }
}

test('an absence is found once and kept until what is missing comes', async () => {
  const changes = new Changes();
  const caches = [memory(changes)];
  let loads = 0;
  const find = async (found: Representation | null) => {
    const load = orAbsent(['product:7'], async () => {
      loads += 1;
      if (found === null) throw new Problem(404, 'Not found', 'There is no product 7.');
      return found;
    });
    return present(
      await throughCaches(caches, { scope: { kind: 'public' }, route: 'p', parameters: {} }, load),
    );
  };
  for (let time = 0; time < 3; time += 1) {
    await assert.rejects(find(null), { name: 'Problem', status: 404, detail: 'There is no product 7.' });
  }
  assert.equal(loads, 1);
  await changes.publish({ kind: 'changed-here', tags: ['product:7'] });
  assert.equal((await find(answer('here it is'))).body.toString(), 'here it is');
});

test('other failures are no absence', async () => {
  const failure = new Problem(503, 'Service unavailable', 'The database cannot be reached; try again.');
  await assert.rejects(
    orAbsent([], () => Promise.reject(failure)),
    failure,
  );
});

function memory(changes = new Changes()): MemoryCache {
  return new MemoryCache({ ttlMs: 60_000, random: () => 0.5, changes });
}

function answer(text: string): Representation {
  return { body: Buffer.from(text), etag: null, tags: [] };
}
