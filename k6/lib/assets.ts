import { check } from 'k6';
import { anyProduct } from './shop.ts';
import { type Action, expect } from './visits.ts';

export const image: Action = (visit) => {
  const response = visit.get(`/images/products/${anyProduct()}.webp`);
  const { headers } = response;
  check(response, {
    'status is 200': ({ status }) => status === 200,
    'body is a picture': ({ status }) =>
      status === 200 &&
      headers['Content-Type'] === 'image/webp' &&
      Number(headers['Content-Length']) > 10_000,
  });
  if (Math.random() >= lookedAt) return;
  check(response, { 'and is a WebP by its bytes': ({ body }) => isWebp(String(body ?? '')) });
};

/** So many of the pictures: to k6 a body is text, and making text of one costs more than asking for it. */
const lookedAt = 0.05;

function isWebp(body: string): boolean {
  return body.startsWith('RIFF') && body.slice(8, 16) === 'WEBPVP8L';
}

export const asset: Action = (visit) => {
  const name = Math.random() < 0.5 ? 'shop.css' : 'swagger-ui.css';
  // As browsers do; k6 unpacks what it is given.
  const response = visit.get(`/assets/${name}`, { 'Accept-Encoding': 'gzip, br' });
  expect(response, 200, 'body is a style sheet', (body) => body.includes('{'));
};
