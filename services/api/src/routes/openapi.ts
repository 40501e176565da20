import { z } from 'zod';
import { defaultMaxBytes } from './body.ts';
import type { AnswerDeclaration, Route } from './route.ts';

type Json = { [key: string]: Json | undefined } | readonly Json[] | string | number | boolean | null;

/** The document of the API, made from the same declarations as the router's table: neither knows a route that the other does not. */
export function openApiDocument(routes: readonly Route[], sessionCookie: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = documentPath(route.path);
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Reference shop',
      version: '1.0.0',
      description:
        'Every failure is an RFC 9457 problem+json whose detail names the value and the way out; `errors` lists the fields that do not fit. HEAD is possible wherever GET is.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
      },
    },
  };
}

/** `/products/:id` of the router is `/products/{id}` in the document. */
export function documentPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

export const problemSchema = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z
    .array(
      z.strictObject({
        in: z.enum(['path', 'query', 'header', 'body']),
        parameter: z.string(),
        message: z.string(),
      }),
    )
    .optional(),
});

function operationOf(route: Route): Json {
  const { body } = route;
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...securityOf(route),
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...parametersOf(route.headers, 'header'),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: `At most ${body.maxBytes ?? defaultMaxBytes} bytes.`,
            content: {
              [body.type]: { schema: 'schema' in body ? schemaOf(body.schema, 'input') : { type: 'string' } },
            },
          },
        }),
    responses: Object.fromEntries(
      Object.entries(answersOf(route)).map(([status, answer]) => [status, responseOf(answer)]),
    ),
  };
}

function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [method, ...words.map((word) => word[0]?.toUpperCase() + word.slice(1))].join('');
}

function securityOf({ access }: Route): Record<string, Json> {
  switch (access) {
    case 'anyone':
      return { security: [] };
    case 'customer':
      return { security: [{ accessToken: [] }] };
    case 'staff':
      return { security: [{ accessToken: [] }], 'x-role': 'staff' };
    case 'session':
      return { security: [{ session: [] }] };
    default:
      return access satisfies never;
  }
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query' | 'header'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}

/** Those of the declaration, and those that follow from what it asks for. */
export function answersOf(route: Route): Record<string, AnswerDeclaration | string> {
  const isPage = route.access === 'session';
  const takesInput = route.params ?? route.query ?? route.headers ?? route.body;
  return {
    ...(takesInput === undefined ? {} : { 400: 'Something in the request does not fit; errors says what.' }),
    ...(route.access === 'customer' || route.access === 'staff'
      ? { 401: 'There is no access token, or it is not valid any more.' }
      : {}),
    ...(isPage ? { 303: { description: 'Nobody is signed in: to the sign-in page.' } } : {}),
    ...(route.access === 'staff' ? { 403: 'Only staff may do this.' } : {}),
    ...(route.body === undefined
      ? {}
      : {
          408: 'The body did not arrive in time.',
          413: 'The body is too large.',
          415: 'The body is of another type than the one that is read here.',
        }),
    ...(route.limit === undefined ? {} : { 429: 'Too many requests; Retry-After says when to come back.' }),
    503: 'A part that the service needs cannot be reached; try again.',
    ...route.answers,
  };
}

function responseOf(answer: AnswerDeclaration | string): Json {
  if (typeof answer === 'string') {
    return {
      description: answer,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  const { description, schema, type, headers } = answer;
  return {
    description,
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [
              name,
              { description: text, schema: { type: 'string' } },
            ]),
          ),
        }),
    ...(schema === undefined && type === undefined
      ? {}
      : {
          content: {
            [type ?? 'application/json']: {
              schema: schema === undefined ? { type: 'string' } : schemaOf(schema, 'output'),
            },
          },
        }),
  };
}

/** `input` is what a caller sends, before defaults and conversions; `output` is what an answer shows. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return JSON.parse(JSON.stringify(rest));
}
