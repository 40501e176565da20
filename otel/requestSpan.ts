import type { IncomingHttpHeaders } from 'node:http';
import {
  type Attributes,
  type AttributeValue,
  type Context,
  type Exception,
  type HrTime,
  INVALID_SPAN_CONTEXT,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import {
  hrTime,
  hrTimeDuration,
  type RPCMetadata,
  RPCType,
  setRPCMetadata,
  timeInputToHrTime,
} from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';

/** What a request's span has in common with all others of the process, and where it goes when it has ended. */
export interface SpanHome {
  resource: Resource;
  onEnd(span: ReadableSpan): void;
}

const scope = { name: 'dyno' };
const none: never[] = [];
const unset: SpanStatus = { code: SpanStatusCode.UNSET };
const longestText = 2000;
/** As the SDK's: a service may say something of each of its rows. */
const eventsAtMost = 128;
const attributesAtMost = 128;

/**
 * The span of a request that the service answers. The SDK's own checks and copies each attribute twice, asks a sampler and keeps four
 * clocks; of this one we know the attributes, it is sampled already, and it begins and ends by the clock of the request's duration.
 */
export class RequestSpan implements Span, ReadableSpan {
  readonly kind = SpanKind.SERVER;
  readonly instrumentationScope = scope;
  readonly droppedLinksCount = 0;
  readonly resource: Resource;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly attributes: Attributes;
  name: string;
  endTime: HrTime = [0, 0];
  status = unset;
  ended = false;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  links: Link[] = none;
  events: TimedEvent[] = none;
  readonly #home: SpanHome;
  readonly #context: SpanContext;
  /** Counted from the first one that somebody adds: mostly nobody does. */
  #attributeCount: number | undefined;

  constructor(
    home: SpanHome,
    parent: SpanContext | null,
    begin: { name: string; startMs: number; attributes: Attributes },
  ) {
    this.#home = home;
    this.resource = home.resource;
    this.name = begin.name;
    this.attributes = begin.attributes;
    this.startTime = hrTime(begin.startMs);
    if (parent) this.parentSpanContext = parent;
    this.#context = {
      traceId: parent?.traceId ?? randomHex(4),
      spanId: randomHex(2),
      traceFlags: TraceFlags.SAMPLED,
      ...(parent?.traceState ? { traceState: parent.traceState } : {}),
    };
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  get duration(): HrTime {
    return hrTimeDuration(this.startTime, this.endTime);
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.ended) return this;
    if (!Object.hasOwn(this.attributes, key)) {
      this.#attributeCount ??= Object.keys(this.attributes).length;
      if (this.#attributeCount >= attributesAtMost) {
        this.droppedAttributesCount += 1;
        return this;
      }
      this.#attributeCount += 1;
    }
    this.attributes[key] = typeof value === 'string' ? shortened(value) : value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) this.setAttribute(key, value);
    }
    return this;
  }

  addEvent(name: string, second?: Attributes | TimeInput, at?: TimeInput): this {
    if (this.ended) return this;
    if (this.events.length >= eventsAtMost) {
      this.droppedEventsCount += 1;
      return this;
    }
    const isTime = typeof second === 'number' || Array.isArray(second) || second instanceof Date;
    const time = isTime ? second : at;
    this.events = [
      ...this.events,
      {
        name,
        time: time === undefined ? hrTime() : timeInputToHrTime(time),
        ...(isTime || second === undefined ? {} : { attributes: second as Attributes }),
      },
    ];
    return this;
  }

  addLink(link: Link): this {
    return this.addLinks([link]);
  }

  addLinks(links: Link[]): this {
    if (!this.ended) this.links = [...this.links, ...links];
    return this;
  }

  /** OK is the last word, and "unset" none. */
  setStatus({ code, message }: SpanStatus): this {
    if (this.ended || code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK) return this;
    this.status = {
      code,
      ...(code === SpanStatusCode.ERROR && typeof message === 'string' ? { message } : {}),
    };
    return this;
  }

  updateName(name: string): this {
    if (!this.ended) this.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    // Whatever was thrown, also nothing: an error in here is never the service's.
    const { name, message, stack }: { name?: string; message?: string; stack?: string } =
      typeof exception === 'string' ? { message: exception } : (exception ?? {});
    const attributes: Attributes = {};
    if (name !== undefined) attributes['exception.type'] = name;
    if (message !== undefined) attributes['exception.message'] = message;
    if (stack !== undefined) attributes['exception.stacktrace'] = stack;
    this.addEvent('exception', attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (this.ended) return;
    this.#finish(endTime === undefined ? hrTime() : timeInputToHrTime(endTime));
  }

  /** By the clock of `performance.now()`. */
  endAt(milliseconds: number): void {
    if (!this.ended) this.#finish(hrTime(milliseconds));
  }

  #finish(time: HrTime): void {
    this.endTime = time;
    this.ended = true;
    this.#home.onEnd(this);
  }

  isRecording(): boolean {
    return !this.ended;
  }
}

export function shortened(text: string): string {
  return text.length > longestText ? text.slice(0, longestText) : text;
}

/** Eight digits for each word; never zero as a whole, which would be no id. */
function randomHex(words: number): string {
  let text = '';
  for (let word = 0; word < words; word += 1) {
    text += (Math.floor(Math.random() * 0xffffffff) + 1).toString(16).padStart(8, '0');
  }
  return text;
}

/** Who asks for the trace: by W3C's traceparent. `context` has the baggage too. */
export function parentOf(headers: IncomingHttpHeaders): { context: Context; span: SpanContext | null } {
  const { traceparent } = headers;
  if (headers.tracestate === undefined && headers.baggage === undefined) {
    if (traceparent === undefined) return { context: ROOT_CONTEXT, span: null };
    if (typeof traceparent === 'string' && plainParent.test(traceparent)) {
      const span: SpanContext = {
        traceId: traceparent.slice(3, 35),
        spanId: traceparent.slice(36, 52),
        traceFlags: Number.parseInt(traceparent.slice(53), 16),
        isRemote: true,
      };
      return { context: ROOT_CONTEXT, span };
    }
  }
  // Seldom, and left to those who know all of it.
  const context = propagation.extract(ROOT_CONTEXT, headers);
  return { context, span: trace.getSpanContext(context) ?? null };
}

/** This version only, and no id of zeros. */
const plainParent = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** What `setSpan` and `setRPCMetadata` would make, without copying a map for each of the two. */
export class RequestContext implements Context {
  readonly #parent: Context;
  readonly #span: Span;
  readonly #rpc: RPCMetadata;
  #made: Context | undefined;

  constructor(parent: Context, span: Span, rpc: RPCMetadata) {
    this.#parent = parent;
    this.#span = span;
    this.#rpc = rpc;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.#span;
    return key === rpcKey ? this.#rpc : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#whole().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#whole().deleteValue(key);
  }

  /** Each query of the request asks for it. */
  #whole(): Context {
    this.#made ??= setRPCMetadata(trace.setSpan(this.#parent, this.#span), this.#rpc);
    return this.#made;
  }
}

/** Under which key the API keeps something: it does not say, but uses it on any context. */
function keyUsedBy(use: (context: Context) => unknown): symbol {
  let used: symbol | undefined;
  const probe: Context = {
    getValue: () => undefined,
    setValue(key) {
      used = key;
      return probe;
    },
    deleteValue: () => probe,
  };
  use(probe);
  if (used === undefined) throw new Error('the API of OpenTelemetry does not set a value in a context');
  return used;
}

const someSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
const spanKey = keyUsedBy((context) => trace.setSpan(context, someSpan));
const rpcKey = keyUsedBy((context) => setRPCMetadata(context, { type: RPCType.HTTP, span: someSpan }));
