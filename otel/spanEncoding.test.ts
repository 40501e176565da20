import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, createTraceState, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { canEncode, encodeSpans } from './spanEncoding.ts';

const parent = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
  traceState: createTraceState('vendor=1'),
};

test('a span is written as OTLP says: fields, numbers of 64 bits, nested values', () => {
  const [span] = spansOf((tracer) => {
    const options = {
      kind: SpanKind.SERVER,
      startTime: [1_790_000_000, 123_456_789] as [number, number],
      attributes: {
        text: 'ü€😀',
        whole: 8080,
        large: 2 ** 40 + 1,
        below: -1,
        part: 0.5,
        yes: true,
        list: ['a', 'b'],
      },
    };
    const made = tracer.startSpan('GET /things', options, trace.setSpanContext(ROOT_CONTEXT, parent));
    made.setStatus({ code: 2, message: 'no' });
    made.end([1_790_000_001, 5]);
  });
  assert.ok(span);
  assert.ok(canEncode(span));
  const [, request] = fieldsOf(encodeSpans([span]))[0] ?? [];
  const resource = fieldsOf(request);
  const scope = fieldsOf(resource.find(([field]) => field === 2)?.[1]);
  assert.equal(textIn(fieldsOf(scope.find(([field]) => field === 1)?.[1]), 1), 'test');
  const fields = fieldsOf(scope.find(([field]) => field === 2)?.[1]);
  const of = (field: number) => fields.find(([number]) => number === field)?.[1] ?? Buffer.alloc(0);
  assert.equal(of(1).toString('hex'), parent.traceId);
  assert.equal(of(2).toString('hex'), span.spanContext().spanId);
  assert.equal(of(3).toString(), 'vendor=1');
  assert.equal(of(4).toString('hex'), parent.spanId);
  assert.equal(of(5).toString(), 'GET /things');
  assert.equal(of(6).readBigUInt64LE(), 2n);
  assert.equal(of(7).readBigUInt64LE(), 1_790_000_000_123_456_789n);
  assert.equal(of(8).readBigUInt64LE(), 1_790_000_001_000_000_005n);
  assert.equal(of(16).readUInt32LE(), 0x301);
  assert.deepEqual(
    fieldsOf(of(15)).map(([field]) => field),
    [2, 3],
  );
  const attributes = fields.filter(([field]) => field === 9).map(([, bytes]) => fieldsOf(bytes));
  assert.deepEqual(
    attributes.map((pair) => [textIn(pair, 1), readValue(pair[1]?.[1])]),
    [
      ['text', 'ü€😀'],
      ['whole', 8080n],
      ['large', 2n ** 40n + 1n],
      ['below', 2n ** 64n - 1n],
      ['part', 0.5],
      ['yes', 1n],
      ['list', ['a', 'b']],
    ],
  );
});

test('attributes that were written before are the same bytes again, and values beyond those that are kept are written too', () => {
  const paths = Array.from({ length: 500 }, (_, index) => `/things/${index % 300}`);
  const spans = spansOf((tracer) => {
    for (const path of paths) tracer.startSpan('GET', { attributes: { 'url.path': path } }).end();
  });
  const whole = encodeSpans(spans);
  const scope = fieldsOf(fieldsOf(fieldsOf(whole)[0]?.[1]).find(([field]) => field === 2)?.[1]);
  const written = scope
    .filter(([field]) => field === 2)
    .map(([, bytes]) => readValue(fieldsOf(fieldsOf(bytes).find(([field]) => field === 9)?.[1])[1]?.[1]));
  assert.deepEqual(written, paths);
});

function spansOf(make: (tracer: ReturnType<TracerProvider['getTracer']>) => void): ReadableSpan[] {
  const spans: ReadableSpan[] = [];
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' } satisfies Attributes),
    spanProcessors: [
      {
        onStart() {},
        onEnd: (span) => void spans.push(span),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  make(provider.getTracer('test'));
  return spans;
}

type Field = [field: number, bytes: Buffer];

/** By the wire format alone; numbers come back as eight bytes. */
function fieldsOf(message: Uint8Array | undefined): Field[] {
  assert.ok(message);
  const bytes = Buffer.from(message);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at] ?? assert.fail('cut off');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    assert.ok(at + length <= bytes.length, 'longer than the message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const number = tag >>> 3;
    if (wire === 0) {
      const value = Buffer.alloc(8);
      value.writeBigUInt64LE(varint());
      fields.push([number, value]);
    } else fields.push([number, take(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()))]);
  }
  return fields;
}

function textIn(fields: readonly Field[], number: number): string | undefined {
  return fields.find(([field]) => field === number)?.[1].toString();
}

function readValue(any: Uint8Array | undefined): unknown {
  const [field, bytes] = fieldsOf(any)[0] ?? assert.fail('no value');
  if (field === 1) return bytes.toString();
  if (field === 4) return bytes.readDoubleLE();
  if (field === 5) return fieldsOf(bytes).map(([, item]) => readValue(item));
  return bytes.readBigUInt64LE();
}
