import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before, test } from 'node:test';
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { pino } from 'pino';
import { logOptions } from './log.ts';

/** What an SDK brings along: without one there is no active span. */
const active = new AsyncLocalStorage<Context>();
const manager: ContextManager = {
  active: () => active.getStore() ?? ROOT_CONTEXT,
  with: (to, work, self, ...args) => active.run(to, () => work.apply(self as never, args)),
  bind: (_to, target) => target,
  enable: () => manager,
  disable: () => manager,
};
before(() => context.setGlobalContextManager(manager));
after(() => context.disable());

test('a line inside a request names trace and span, also after an await; one outside does not', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino(logOptions('info'), { write: (line: string) => void lines.push(JSON.parse(line)) });
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  await context.with(trace.setSpanContext(ROOT_CONTEXT, span), async () => {
    log.info('first');
    await Promise.resolve();
    log.error(new Error('broken'), 'second');
  });
  log.info('outside');
  assert.deepEqual(
    lines.map(({ msg, trace_id, span_id, level }) => ({ msg, trace_id, span_id, level })),
    [
      { msg: 'first', trace_id: span.traceId, span_id: span.spanId, level: 'info' },
      { msg: 'second', trace_id: span.traceId, span_id: span.spanId, level: 'error' },
      { msg: 'outside', trace_id: undefined, span_id: undefined, level: 'info' },
    ],
  );
});
