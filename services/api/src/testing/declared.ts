import assert from 'node:assert/strict';
import { answersOf, problemSchema } from '../routes/openapi.ts';
import type { Route } from '../routes/route.ts';
import type { Answer } from './shop.ts';

export type CheckAnswer = (method: string, path: string, answer: Answer) => void;

/** Whatever a test asks: the status is one that the document has for this route, and the body is what it says of it. */
export function declaredAnswers(routes: readonly Route[]): CheckAnswer {
  const known = routes.map((route) => ({
    route,
    answers: answersOf(route),
    pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`),
  }));
  return function check(method, path, answer) {
    const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
    const [address = ''] = path.split('?');
    const found = known.find(({ route, pattern }) => route.method === wanted && pattern.test(address));
    if (found === undefined) return;
    const { route, answers } = found;
    const told = `${method} ${route.path}: ${answer.status}`;
    const declared = answers[answer.status];
    assert.ok(declared !== undefined, `${told} is not in the document: ${answer.body.slice(0, 200)}`);
    if (method === 'HEAD') return;
    if (typeof declared === 'string') {
      assert.equal(answer.headers.get('content-type'), 'application/problem+json', told);
      problemSchema.parse(JSON.parse(answer.body));
    } else if (declared.schema !== undefined && declared.type === undefined) {
      const parsed = declared.schema.safeParse(JSON.parse(answer.body));
      assert.ok(parsed.success, `${told}: ${parsed.error?.message}`);
    }
  };
}
