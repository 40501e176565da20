import { goodQueries, oneSwitch } from './shop/shop.ts';

/** On loopback bytes cost nothing: what is seen is the price, CPU time, and the bytes that it saves. */
export default oneSwitch('compression', {
  title: 'Static files and style sheets, compressed while they are answered',
  scenario: 'static-files',
  vus: 20,
  over: goodQueries,
  comparesBodies: false,
});
