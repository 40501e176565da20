import { oneSwitch } from './shop/shop.ts';

/** Against compressing them each time: the same bytes saved, without the CPU time. */
export default oneSwitch('precompressed-static', {
  title: 'Static files and style sheets, compressed beforehand',
  scenario: 'static-files',
  vus: 20,
  over: ['compression'],
  comparesBodies: false,
});
