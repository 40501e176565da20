import { asks, type Exchange } from './exchange.ts';

export const accountExchanges: readonly Exchange[] = [asks('GET /account', '/account')];
