import { counts, emailOf, password } from './shop.ts';
import { type Action, expect, jsonOf } from './visits.ts';

export const signIn: Action = (visit) => {
  const email = emailOf(1 + Math.floor(Math.random() * (counts.customers - 1)));
  const response = visit.post('/auth/sign-in', JSON.stringify({ email, password }), {
    'Content-Type': 'application/json',
  });
  expect(
    response,
    200,
    'body is a pair of tokens',
    () => (jsonOf<{ accessToken: string }>(response)?.accessToken.split('.').length ?? 0) === 3,
  );
};
