import { anyOf } from './shop.ts';
import { type Action, expect } from './visits.ts';

/** The page that is costly to render. */
export const accountPage: Action = (visit) => {
  const response = visit.get('/account', { Cookie: anyOf(visit.people.browsers) });
  expect(
    response,
    200,
    'body is a whole page with sums',
    (body) => body.includes('data-cents=') && body.trimEnd().endsWith('</html>'),
  );
};
