import { oneSwitch } from './shop/shop.ts';

/** Compiling a template costs more than filling it in. */
export default oneSwitch('precompiled-templates', {
  title: 'GET /account with templates compiled once',
  scenario: 'account-page',
  vus: 20,
  over: ['indexes', 'connection-pool'],
});
