import type { RefinedResponse } from 'k6/http';
import { counts, emailOf, password, randomName } from './shop.ts';
import { type Action, expect, jsonOf } from './visits.ts';

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

const json = { 'Content-Type': 'application/json' };

export const signIn: Action = (visit) => {
  const response = visit.post('/auth/sign-in', JSON.stringify({ email: anyEmail(), password }), json);
  expectTokens(response, 200);
};

/** Nobody has the address before. */
export const signUp: Action = (visit) => {
  const email = `k6-${randomName()}${randomName()}@example.com`;
  const body = { email, password: `pass ${randomName()} ${randomName()}`, name: 'Ada Larsen' };
  expectTokens(visit.post('/auth/sign-up', JSON.stringify(body), json), 201);
};

/** Each user goes on from the token of the answer before. */
export const refresh: Action = (visit) => {
  const first = visit.people.refreshTokens[visit.user];
  const refreshToken = visit.memory.get('refresh token') ?? first;
  const response = visit.post('/auth/refresh', JSON.stringify({ refreshToken }), json);
  const next = expectTokens(response, 200);
  if (next !== null) visit.memory.set('refresh token', next.refreshToken);
};

export const signInWithForm: Action = (visit) => {
  const form = `email=${encodeURIComponent(anyEmail())}&password=${encodeURIComponent(password)}`;
  const response = visit.post('/account/sign-in', form, {
    'Content-Type': 'application/x-www-form-urlencoded',
  });
  expect(
    response,
    303,
    'a session begins, and the account is next',
    () => response.headers.Location === '/account' && response.cookies.session !== undefined,
  );
};

function expectTokens(response: RefinedResponse<'text'>, status: number): Tokens | null {
  const tokens = response.status === status ? jsonOf<Tokens>(response) : null;
  expect(
    response,
    status,
    'body is a pair of tokens',
    () => tokens?.accessToken.split('.').length === 3 && tokens.refreshToken.length > 20,
  );
  return tokens;
}

function anyEmail(): string {
  return emailOf(1 + Math.floor(Math.random() * (counts.customers - 1)));
}
