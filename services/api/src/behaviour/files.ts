import { asks, type Exchange } from './exchange.ts';

const asset = (name: string) => asks('GET /assets/:file', `/assets/${name}`);
const picture = (name: string) => asks('GET /images/products/:file', `/images/products/${name}`);

export const fileExchanges: readonly Exchange[] = [
  ...['shop.css', 'none.css'].map(asset),
  ...['7.webp', '1999.webp', '0.webp', 'seven.webp'].map(picture),
];
