import type { Attributes, HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/**
 * Spans as OTLP's ExportTraceServiceRequest, in one pass. The SDK's serializer goes over everything twice, once to count the bytes, and
 * writes each text letter by letter; of the attributes of a service's spans most are the same from span to span, and are copied here as
 * they were encoded before. Lengths that are known only afterwards take a fixed number of bytes: a varint may be longer than it must be.
 * Field numbers: opentelemetry-proto, trace/v1/trace.proto.
 */
export function encodeSpans(spans: readonly ReadableSpan[]): Uint8Array {
  const out = new Bytes(spans.length * 600 + 1000);
  for (const [resource, scopes] of byResourceAndScope(spans)) {
    const ofResource = out.open(1);
    const described = out.open(1);
    writeAttributes(out, 1, resource.attributes);
    out.close(described);
    for (const [scope, own] of scopes) {
      const ofScope = out.open(2);
      const named = out.open(1);
      out.text(1, scope.name);
      if (scope.version) out.text(2, scope.version);
      out.close(named);
      for (const span of own) writeSpan(out, span);
      if (scope.schemaUrl) out.text(3, scope.schemaUrl);
      out.close(ofScope);
    }
    if (resource.schemaUrl) out.text(3, resource.schemaUrl);
    out.close(ofResource);
  }
  return out.written();
}

/** What is not written here; whoever has such a span asks the SDK. */
export function canEncode({ events, links }: ReadableSpan): boolean {
  return events.length === 0 && links.length === 0;
}

type Scope = ReadableSpan['instrumentationScope'];
function byResourceAndScope(spans: readonly ReadableSpan[]) {
  const resources = new Map<ReadableSpan['resource'], Map<Scope, ReadableSpan[]>>();
  for (const span of spans) {
    let scopes = resources.get(span.resource);
    if (!scopes) {
      scopes = new Map();
      resources.set(span.resource, scopes);
    }
    const own = scopes.get(span.instrumentationScope);
    if (own) own.push(span);
    else scopes.set(span.instrumentationScope, [span]);
  }
  return resources;
}

function writeSpan(out: Bytes, span: ReadableSpan): void {
  const { traceId, spanId, traceState, traceFlags } = span.spanContext();
  const parent = span.parentSpanContext;
  const whole = out.open(2);
  out.hex(1, traceId);
  out.hex(2, spanId);
  const state = traceState?.serialize();
  if (state) out.text(3, state);
  if (parent?.spanId) out.hex(4, parent.spanId);
  out.text(5, span.name);
  out.whole(6, span.kind + 1);
  out.time(7, span.startTime);
  out.time(8, span.endTime);
  writeAttributes(out, 9, span.attributes);
  if (span.droppedAttributesCount) out.whole(10, span.droppedAttributesCount);
  if (span.droppedEventsCount) out.whole(12, span.droppedEventsCount);
  if (span.droppedLinksCount) out.whole(14, span.droppedLinksCount);
  const { code, message } = span.status;
  if (code !== 0) {
    const status = out.open(15);
    if (message) out.text(2, message);
    out.whole(3, code);
    out.close(status);
  }
  out.fixed(16, (traceFlags & 0xff) | hasRemoteFlag | (parent?.isRemote ? remoteFlag : 0));
  out.close(whole);
}

/** Of `flags`: whether it is known that the parent was in another process, and that it was. */
const hasRemoteFlag = 0x100;
const remoteFlag = 0x200;

function writeAttributes(out: Bytes, field: number, attributes: Attributes): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    // Numbers too: ports and statuses are few.
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      out.raw(encodedAttribute(field, key, value));
    } else {
      writeAttribute(out, field, key, value);
    }
  }
}

/** Field, key and value together. */
const encoded = new Map<string, Map<string | number | boolean, Buffer>>();
const keysAtMost = 200;
const valuesAtMost = 200;
const longestKept = 300;

function encodedAttribute(field: number, key: string, value: string | number | boolean): Buffer {
  // Attributes of spans; those of a resource are written once an export.
  const known = field === 9 ? encoded.get(key) : undefined;
  const found = known?.get(value);
  if (found) return found;
  const one = new Bytes(64);
  writeAttribute(one, field, key, value);
  const bytes = Buffer.from(one.written());
  if (field !== 9 || (typeof value === 'string' && value.length > longestKept)) return bytes;
  if (known) {
    // What has that many values is different each time; the first ones stay.
    if (known.size < valuesAtMost) known.set(value, bytes);
  } else if (encoded.size < keysAtMost) {
    encoded.set(key, new Map([[value, bytes]]));
  }
  return bytes;
}

function writeAttribute(out: Bytes, field: number, key: string, value: unknown): void {
  const pair = out.open(field);
  out.text(1, key);
  writeValue(out, 2, value);
  out.close(pair);
}

function writeValue(out: Bytes, field: number, value: unknown): void {
  const any = out.open(field);
  if (typeof value === 'string') out.text(1, value);
  else if (typeof value === 'boolean') out.whole(2, value ? 1 : 0);
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) out.whole(3, value);
    else if (Number.isSafeInteger(value)) out.negative(3, value);
    else out.double(4, value);
  } else if (Array.isArray(value)) {
    const list = out.open(5);
    for (const item of value) writeValue(out, 1, item);
    out.close(list);
  } else if (value instanceof Uint8Array) {
    out.bytes(7, value);
  } else if (typeof value === 'object' && value !== null) {
    const map = out.open(6);
    for (const [key, of] of Object.entries(value)) writeAttribute(out, 1, key, of);
    out.close(map);
  }
  out.close(any);
}

/** A length whose value is known later: enough for 256 MiB. */
const lengthBytes = 4;

/** Protobuf's wire format, as far as spans need it. */
class Bytes {
  #bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Begins a message; `close` it by what comes back. */
  open(field: number): number {
    this.#room(2 + lengthBytes);
    this.#tag(field, 2);
    this.#at += lengthBytes;
    return this.#at;
  }

  close(start: number): void {
    let length = this.#at - start;
    for (let index = start - lengthBytes; index < start; index += 1) {
      this.#bytes[index] = (length & 0x7f) | (index < start - 1 ? 0x80 : 0);
      length >>>= 7;
    }
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(field: number, text: string): void {
    // Three bytes for each unit of UTF-16 at most.
    this.#room(2 + lengthBytes + text.length * 3);
    const start = this.open(field);
    this.#at += this.#bytes.write(text, start, 'utf8');
    this.close(start);
  }

  bytes(field: number, bytes: Uint8Array): void {
    const start = this.open(field);
    this.raw(bytes);
    this.close(start);
  }

  hex(field: number, digits: string): void {
    const length = digits.length >>> 1;
    this.#room(3 + length);
    this.#tag(field, 2);
    this.#bytes[this.#at] = length;
    this.#at += 1 + this.#bytes.write(digits, this.#at + 1, 'hex');
  }

  whole(field: number, value: number): void {
    this.#room(12);
    this.#tag(field, 0);
    let left = value;
    while (left > 0x7f) {
      this.#bytes[this.#at++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.#bytes[this.#at++] = left;
  }

  /** Two's complement in 64 bits. */
  negative(field: number, value: number): void {
    this.#room(12);
    this.#tag(field, 0);
    let left = BigInt.asUintN(64, BigInt(value));
    while (left > 0x7fn) {
      this.#bytes[this.#at++] = Number(left & 0x7fn) | 0x80;
      left >>= 7n;
    }
    this.#bytes[this.#at++] = Number(left);
  }

  double(field: number, value: number): void {
    this.#room(10);
    this.#tag(field, 1);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  fixed(field: number, value: number): void {
    this.#room(6);
    this.#tag(field, 5);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** Nanoseconds since 1970, which are more than a number can hold: the seconds are multiplied in two halves. */
  time(field: number, [seconds, nanoseconds]: HrTime): void {
    this.#room(10);
    this.#tag(field, 1);
    const upper = Math.floor(seconds / 0x10000) * 1e9;
    const lower = (upper % 0x10000) * 0x10000 + (seconds % 0x10000) * 1e9 + nanoseconds;
    const high = Math.floor(upper / 0x10000) + Math.floor(lower / 0x100000000);
    this.#at = this.#bytes.writeUInt32LE(lower % 0x100000000, this.#at);
    this.#at = this.#bytes.writeUInt32LE(high, this.#at);
  }

  #tag(field: number, wire: number): void {
    const tag = (field << 3) | wire;
    if (tag < 0x80) {
      this.#bytes[this.#at++] = tag;
      return;
    }
    this.#bytes[this.#at++] = (tag & 0x7f) | 0x80;
    this.#bytes[this.#at++] = tag >>> 7;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.#at + bytes) * 2);
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
