import { z } from 'zod';
import type { Document, FuzzedRequest } from './requests.ts';
import type { JsonSchema } from './schemas.ts';

export interface SeenAnswer {
  status: number;
  type: string | null;
  body: string;
}

/** What is wrong with an answer by the document, in a sentence; null when nothing is. */
export function mistakeIn(document: Document, request: FuzzedRequest, answer: SeenAnswer): string | null {
  const { status, body } = answer;
  const documented = request.operation.responses[status];
  if (status >= 500) return `${status}: ${body}`;
  if (documented === undefined) return `${status} is not documented: ${body}`;
  if (request.method === 'HEAD' || status === 204 || status === 304) return null;
  const types = Object.keys(documented.content ?? {}).map(withoutParameters);
  const type = withoutParameters(answer.type ?? '');
  if (types.length === 0)
    return body === '' || status === 303 ? null : `${status} carries a body that is not documented: ${body}`;
  if (!types.includes(type) && !types.includes('*/*'))
    return `${status} is documented as ${types.join(' or ')}, and is ${type}`;
  const schema = documented.content?.[type]?.schema;
  return schema === undefined || !type.endsWith('json') ? null : mismatch(document, schema, body);
}

function withoutParameters(type: string): string {
  return type.split(';', 1)[0] ?? '';
}

const checkers = new WeakMap<JsonSchema, z.ZodType>();

function mismatch(document: Document, schema: JsonSchema, body: string): string | null {
  let checker = checkers.get(schema);
  if (checker === undefined) {
    const whole =
      schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    checker = z.fromJSONSchema(whole as Parameters<typeof z.fromJSONSchema>[0]);
    checkers.set(schema, checker);
  }
  const parsed = checker.safeParse(JSON.parse(body));
  return parsed.success ? null : `the body is not as documented: ${z.prettifyError(parsed.error)}`;
}
