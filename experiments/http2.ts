import { oneSwitch, shop } from './shop/shop.ts';

/** By HTTPS in both: with the switch it is HTTP/2, without it HTTP/1.1. */
export default {
  ...oneSwitch('http2', {
    title: 'Static files by HTTPS: HTTP/2 against HTTP/1.1',
    scenario: 'static-files',
    vus: 50,
    over: ['nginx-static'],
  }),
  service: { ...shop, https: true },
};
