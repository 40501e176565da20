import fc, { type Arbitrary } from 'fast-check';
import { fitting, type JsonSchema, strange } from './schemas.ts';

/** Of the OpenAPI document, as far as it is read here. */
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}
export interface Operation {
  operationId: string;
  parameters: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: JsonSchema }[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
}

export const callers = ['nobody', 'somebody with a bad token', 'a customer', 'staff'] as const;
export type CallerName = (typeof callers)[number];

export interface FuzzedRequest {
  operation: Operation;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  caller: CallerName;
}

/** One request of any operation: each part fits what the document says in three of four, and is anything else otherwise. */
export function anyRequest(document: Document): Arbitrary<FuzzedRequest> {
  const all = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => requestOf(path, method, operation)),
  );
  return fc.oneof(...all);
}

function requestOf(path: string, method: string, operation: Operation): Arbitrary<FuzzedRequest> {
  const { parameters, requestBody } = operation;
  const values = fc.record(
    Object.fromEntries(
      parameters.map(({ name, in: place, required, schema }) => [
        `${place} ${name}`,
        place === 'path' || required
          ? mostly(fitting(schema))
          : fc.option(mostly(fitting(schema)), { nil: undefined }),
      ]),
    ),
  );
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [null, null];
  const body = content === null ? fc.constant(null) : mostly(fitting(content.schema));
  return fc
    .record({
      values,
      body,
      type: mostlyText(type),
      caller: fc.constantFrom(...callers),
      method: fc.oneof(
        { weight: 19, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constant('head') },
      ),
      unknown: fc.option(fc.constantFrom('utm_source=x', 'role=staff', 'a=1&a=2', '__proto__=1'), {
        freq: 10,
      }),
    })
    .map((drawn) => {
      const at = (place: string) => parameters.filter((parameter) => parameter.in === place);
      const drawnFor = (place: string, name: string) => drawn.values[`${place} ${name}`];
      const query = [
        ...at('query').flatMap(({ name }) => queryOf(name, drawnFor('query', name))),
        ...(drawn.unknown === null ? [] : [drawn.unknown]),
      ].join('&');
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => segment(drawnFor('path', name)));
      return {
        operation,
        method: (method === 'get' ? drawn.method : method).toUpperCase(),
        path: query === '' ? filled : `${filled}?${query}`,
        headers: {
          ...Object.fromEntries(at('header').flatMap(({ name }) => headerOf(name, drawnFor('header', name)))),
          ...(drawn.type === null ? {} : { 'content-type': drawn.type }),
        },
        body: type === null ? null : bodyOf(type, drawn.body),
        caller: drawn.caller,
      };
    });
}

function mostly(arbitrary: Arbitrary<unknown>): Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary }, { weight: 1, arbitrary: strange });
}

function mostlyText(type: string | null): Arbitrary<string | null> {
  return fc.oneof(
    { weight: 15, arbitrary: fc.constant(type) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('text/plain', 'application/xml', 'application/json; charset=utf-16', 'x'),
    },
  );
}

function queryOf(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map((one) => `${name}=${encoded(one)}`);
  return [`${name}=${encoded(value)}`];
}

function headerOf(name: string, value: unknown): [string, string][] {
  const text = asText(value).replace(/[^\t\x20-\x7e]/g, '');
  return value === undefined ? [] : [[name, text]];
}

function bodyOf(type: string, value: unknown): string {
  // Now and then not even the syntax is right: a text alone is sent as it is.
  if (typeof value === 'string') return value.toWellFormed();
  if (type !== 'application/x-www-form-urlencoded') return JSON.stringify(value) ?? '';
  return Object.entries(Object(value))
    .map(([name, one]) => `${encoded(name)}=${encoded(one)}`)
    .join('&');
}

/** An empty one, or one of dots, would be the address of something else. */
function segment(value: unknown): string {
  const text = encoded(value);
  return /^\.*$/.test(text) ? `%20${text}` : text;
}

function encoded(value: unknown): string {
  return encodeURIComponent(asText(value).toWellFormed());
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
