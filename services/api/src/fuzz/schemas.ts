import fc, { type Arbitrary } from 'fast-check';

/** As far as the shop's document uses it. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

/** Values that the schema promises to take, so that what lies behind the checks is reached. */
export function fitting(schema: JsonSchema): Arbitrary<unknown> {
  const { enum: among, const: only, anyOf, oneOf, allOf } = schema;
  if (only !== undefined) return fc.constant(only);
  if (among !== undefined) return fc.constantFrom(...among);
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(fitting));
  if (allOf?.[0] !== undefined) return fitting({ ...schema, allOf: undefined, ...allOf[0] } as JsonSchema);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return text(schema);
    case 'integer':
      return whole(schema);
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 8),
      });
    case 'object':
      return object(schema);
    default:
      return fc.jsonValue();
  }
}

/** Values that it does not promise anything about: edges, other types, what breaks parsers and queries. */
export const strange: Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...nasty()) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double() },
);

function nasty(): unknown[] {
  return [
    ...[
      '',
      ' ',
      '0',
      '-1',
      '1.5',
      '1e9',
      'NaN',
      'null',
      'true',
      '[]',
      '{}',
      '\u0000',
      '\r\n',
      '%',
      '%00',
      '..',
      '../../etc/passwd',
    ],
    ...[
      "'",
      '"',
      "' or 1=1 --",
      '\\',
      '`',
      '#{7*7}',
      '{{7*7}}',
      '<script>',
      'ü',
      '😀',
      '\ud800',
      '\u202e',
      'ﬀ',
      'İ',
    ],
    ...[
      '2026-02-30',
      '0000-00-00',
      '9999-12-31',
      '999999999',
      '1000000000',
      '9007199254740993',
      'x'.repeat(5000),
    ],
    ...[0, -1, 1.5, 1e21, 2 ** 31, 2 ** 53, null, true, [], {}, [[]], { length: 1 }, ['a', 'b']],
    ...[
      { __proto__: null, constructor: { prototype: { admin: true } } },
      '__proto__',
      'constructor',
      'toString',
    ],
  ];
}

function text({ format, pattern, minLength = 0, maxLength = 100 }: JsonSchema): Arbitrary<string> {
  const between = (from: string, to: string) =>
    fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true });
  switch (format) {
    case 'date':
      return between('2025-01-01', '2026-12-31').map((date) => date.toISOString().slice(0, 10));
    case 'date-time':
      return between('2025-01-01', '2026-12-31').map((date) => date.toISOString());
    case 'email':
      return fc.integer({ min: 1, max: 3000 }).map((number) => `customer${number}@example.com`);
    default:
  }
  if (pattern !== undefined) {
    return fc
      .stringMatching(new RegExp(pattern))
      .filter(({ length }) => length >= minLength && length <= maxLength);
  }
  return fc.oneof(
    fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) }),
    fc.constantFrom('oak', 'correct horse battery staple').filter(({ length }) => length >= minLength),
  );
}

function whole({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): Arbitrary<number> {
  const min = Math.max(minimum ?? (exclusiveMinimum === undefined ? -1e6 : exclusiveMinimum + 1), -(2 ** 31));
  const max = Math.min(maximum ?? (exclusiveMaximum === undefined ? 1e6 : exclusiveMaximum - 1), 2 ** 31);
  return fc.oneof(
    fc.integer({ min, max }),
    // Ids that are there are small.
    fc.integer({ min, max: Math.min(max, min + 2100) }),
    fc.constantFrom(min, max),
  );
}

function object({ properties = {}, required = [] }: JsonSchema): Arbitrary<unknown> {
  const entries = Object.entries(properties).map(([name, schema]) => [name, fitting(schema)] as const);
  return fc.record(Object.fromEntries(entries), {
    requiredKeys: required.filter((name) => name in properties),
  });
}
