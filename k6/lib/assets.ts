import { anyProduct } from './shop.ts';
import { type Action, expect } from './visits.ts';

export const image: Action = (visit) => {
  const response = visit.get(`/images/products/${anyProduct()}.webp`);
  expect(response, 200, 'body is a picture', () =>
    (response.headers['Content-Type'] ?? '').startsWith('image/'),
  );
};

export const asset: Action = (visit) => {
  const name = Math.random() < 0.5 ? 'shop.css' : 'swagger-ui.css';
  // As browsers do; k6 unpacks what it is given.
  const response = visit.get(`/assets/${name}`, { 'Accept-Encoding': 'gzip, br' });
  expect(response, 200, 'body is a style sheet', (body) => body.includes('{'));
};
