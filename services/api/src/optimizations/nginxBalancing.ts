import type { Optimization } from './optimization.ts';

export const nginxBalancing = {
  name: 'nginx-balancing',
  group: 'process',
  title: 'nginx over several instances',
  does: 'Puts nginx in front of INSTANCES instances (as many as cores, two at least), in turns or as NGINX_BALANCE says (round-robin, least-conn, ip-hash). One that fails is left out for two seconds and then tried again.',
  where: ['*'],
  evidence: [
    { what: 'requests per second of a saturated service', moves: 'up' },
    { what: 'requests that fail while one instance dies or is replaced', moves: 'down' },
  ],
  risks: [
    'One hop more for every request.',
    'ip-hash sends everybody behind one address to one instance.',
    'A write whose instance died is not sent again: the client sees 503 and repeats it with its Idempotency-Key.',
  ],
} as const satisfies Optimization;

export const balances = ['round-robin', 'least-conn', 'ip-hash'] as const;
export type Balance = (typeof balances)[number];
