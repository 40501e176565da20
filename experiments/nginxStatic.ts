import { oneSwitch } from './shop/shop.ts';

/** nginx stands in front in both, so that the hop is no part of the difference. */
export default oneSwitch('nginx-static', {
  title: 'Static files by nginx',
  scenario: 'static-files',
  vus: 50,
  over: ['upstream-keepalive'],
});
