import type { Guard } from '@dyno/contracts/report';
import { createElement as h, type ReactNode } from 'react';
import { guardMarks } from '../words.ts';
import { mark } from './parts.ts';

/** What did not pass is read first. */
export function sortedGuards(guards: readonly Guard[]): Guard[] {
  const order = ['fail', 'warn', 'pass'] as const;
  return order.flatMap((status) => guards.filter((guard) => guard.status === status));
}

/** Each with its reason and what to do. */
export function guardList(guards: readonly Guard[]): ReactNode {
  return h(
    'ul',
    { className: 'guard-list' },
    guards.map(({ name, status, detail, advice }) =>
      h(
        'li',
        { key: name, 'data-status': status },
        mark(guardMarks[status], status),
        h('strong', null, name),
        h('span', null, detail, advice ? h('span', { className: 'advice' }, ` ${advice}`) : null),
      ),
    ),
  );
}
