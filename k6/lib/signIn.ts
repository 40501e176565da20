import type { RefinedResponse } from 'k6/http';
import { counts, emailOf, password, randomName } from './shop.ts';
import { type Action, expect, jsonOf, type Visit } from './visits.ts';

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

const json = { 'Content-Type': 'application/json' };

export const signIn: Action = (visit) => {
  signInAs(visit, anyEmail());
};

/** Nobody has the address before. */
export const signUp: Action = (visit) => {
  const email = `k6-${randomName()}${randomName()}@example.com`;
  const body = { email, password: `pass ${randomName()} ${randomName()}`, name: 'Ada Larsen' };
  expectTokens(visit.post('/auth/sign-up', JSON.stringify(body), json), 201);
};

/**
 * Each user goes on from the token of the answer before. Who has none signs in: a user more than there were to prepare, or one
 * whose token was taken although its answer was lost.
 */
export const refresh: Action = (visit) => {
  const { memory, people, user } = visit;
  const refreshToken = memory.get(known) ?? people.refreshTokens[user] ?? none;
  if (refreshToken === none) {
    keep(visit, signInAs(visit, emailOf(1 + (user % (counts.customers - 1)))));
    return;
  }
  const response = visit.post('/auth/refresh', JSON.stringify({ refreshToken }), json);
  keep(visit, expectTokens(response, 200));
  if (response.status === 401) memory.set(known, none);
};

/** The refresh token in a user's memory; an empty one is spent. */
const known = 'refresh token';
const none = '';

function keep({ memory }: Visit, next: Tokens | null): void {
  if (next !== null) memory.set(known, next.refreshToken);
}

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

function signInAs(visit: Visit, email: string): Tokens | null {
  const response = visit.post('/auth/sign-in', JSON.stringify({ email, password }), json);
  return expectTokens(response, 200);
}

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
