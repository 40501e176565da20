import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Context, Tracer } from '@opentelemetry/api';
import { type Attributes, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, setRPCMetadata, suppressTracing } from '@opentelemetry/core';
import { type Instruments, type Series, seriesBy } from './instruments.ts';
import { metrics } from './names.ts';
import { requestSeconds } from './views.ts';

type SeriesBy = (route: string, status: number, error: string) => Series;

export interface ServerOptions {
  tracer: Tracer;
  instruments: Instruments;
  /** Whether a request is traced, by what its caller says. */
  isSampled(traceparent: string | undefined): boolean;
  /** False where there is no tracer: then no context has to keep instrumentations quiet. */
  makesSpans: boolean;
  /** Makes a context the active one for everything that the request starts. */
  enter(context: Context): void;
  /** What the framework knows of the route, once the answer is out. */
  routeOf(request: IncomingMessage, response: ServerResponse): string | undefined;
  /** Paths that are neither traffic nor a trace. */
  ignored: readonly string[];
  /** An error in here is never the service's. */
  onError(error: unknown): void;
}

/** Of a request that is not traced: one context for all of them, in which no instrumentation begins a span. */
const quiet = suppressTracing(ROOT_CONTEXT);

/**
 * Spans and durations of the requests that a service answers, from Node's own diagnostics channels: nothing is patched. OpenTelemetry's
 * instrumentation of HTTP puts wrapped listener methods on each request and response, sampled or not, and a small service feels it.
 * For the same reason nothing is listened to on a request or response: Node says when an answer is out, and one listener on each
 * connection tells of those that never were.
 */
export function recordServer(options: ServerOptions): void {
  const durationOf = durationsOf(options.instruments);

  const end = (request: IncomingMessage, response: Recorded): void => {
    const startMs = response[startedAt];
    if (startMs === undefined) return;
    response[startedAt] = undefined;
    const route = response[ending] ? response[ending]() : options.routeOf(request, response);
    durationOf(request, response, route).record((performance.now() - startMs) / 1000);
  };
  const begin = (request: IncomingMessage, response: Recorded): void => {
    const startMs = performance.now();
    const isIgnored = options.ignored.includes(request.url ?? '');
    const isSampled = !isIgnored && options.isSampled(textOf(request.headers.traceparent));
    if (isSampled) response[ending] = startSpan(options, request, response);
    else if (options.makesSpans) options.enter(quiet);
    if (isIgnored) return;
    response[startedAt] = startMs;
    follow(request.socket, response);
  };
  const follow = (socket: Followed, response: ServerResponse): void => {
    const line = socket[underWay];
    if (line === undefined) {
      const first = { response, others: null };
      socket[underWay] = first;
      socket.once('close', () => guarded(() => endAll(first)));
    } else if (line.response === null) {
      line.response = response;
    } else {
      // Sent without waiting for the answer to the one before.
      line.others ??= new Set();
      line.others.add(response);
    }
  };
  const endAll = ({ response, others }: Line): void => {
    if (response !== null) end(response.req, response);
    for (const other of others ?? []) end(other.req, other);
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      options.onError(error);
    }
  };
  diagnostics.subscribe('http.server.request.start', (message) => {
    try {
      const { request, response } = message as Message;
      begin(request, response);
    } catch (error) {
      options.onError(error);
    }
  });
  diagnostics.subscribe('http.server.response.finish', (message) => {
    try {
      const { request, response, socket } = message as Message;
      const line = socket[underWay];
      if (line?.response === response) line.response = null;
      else line?.others?.delete(response);
      end(request, response);
    } catch (error) {
      options.onError(error);
    }
  });
}

const startedAt = Symbol('dyno.started');
const ending = Symbol('dyno.ending');
const underWay = Symbol('dyno.underWay');

/** What is remembered of an answer: on itself, because a map of all of them would cost more. */
type Recorded = ServerResponse & { [startedAt]?: number | undefined; [ending]?: () => string | undefined };
/** The answers that a connection waits for; more than one only where requests are pipelined. */
interface Line {
  response: ServerResponse | null;
  others: Set<ServerResponse> | null;
}
type Followed = Socket & { [underWay]?: Line };
interface Message {
  request: IncomingMessage;
  response: Recorded;
  socket: Followed;
}

/** Returns what ends it, which knows the route. */
function startSpan(
  { tracer, enter, routeOf }: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): () => string | undefined {
  const parent = propagation.extract(ROOT_CONTEXT, request.headers);
  const attributes = requestAttributes(request);
  const span = tracer.startSpan(request.method ?? 'GET', { kind: SpanKind.SERVER, attributes }, parent);
  // Other frameworks' instrumentations write the route into it.
  const rpc: RPCMetadata = { type: RPCType.HTTP, span };
  enter(setRPCMetadata(trace.setSpan(parent, span), rpc));
  return () => {
    const route = routeOf(request, response) ?? rpc.route;
    endSpan(span, request, response, route);
    return route;
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** The query is left out: its values are the users'. */
function requestAttributes(request: IncomingMessage): Attributes {
  const { headers, socket } = request;
  return {
    'http.request.method': request.method ?? 'GET',
    'url.scheme': schemeOf(request),
    'url.path': request.url?.split('?', 1)[0] ?? '/',
    'network.protocol.version': request.httpVersion,
    ...(headers.host ? { 'server.address': headers.host.replace(/:\d+$/, '') } : {}),
    ...(socket.localPort ? { 'server.port': socket.localPort } : {}),
    ...(socket.remoteAddress ? { 'network.peer.address': socket.remoteAddress } : {}),
    ...(headers['user-agent'] ? { 'user_agent.original': headers['user-agent'] } : {}),
  };
}

function endSpan(span: Span, request: IncomingMessage, response: ServerResponse, route?: string): void {
  if (route) {
    span.updateName(`${request.method} ${route}`);
    span.setAttribute('http.route', route);
  }
  if (response.headersSent) span.setAttribute('http.response.status_code', response.statusCode);
  const error = errorOf(response);
  if (error) span.setStatus({ code: 2 }).setAttribute('error.type', error);
  span.end();
}

function durationsOf(instruments: Instruments) {
  const of = instruments.histogram(metrics.serverDuration, requestSeconds);
  const known = new Map<string, Map<string, SeriesBy>>();
  return (request: IncomingMessage, response: ServerResponse, route = ''): Series => {
    const { method = 'GET', httpVersion } = request;
    // Few of them, and each a text that is there already: nothing is put together to look a series up.
    const kind = 'encrypted' in request.socket ? `${httpVersion} s` : httpVersion;
    let ofMethod = known.get(method);
    if (!ofMethod) {
      ofMethod = new Map();
      known.set(method, ofMethod);
    }
    let series = ofMethod.get(kind);
    if (!series) {
      const scheme = schemeOf(request);
      series = seriesBy(of, (path, code, error) => ({
        'http.request.method': method,
        'url.scheme': scheme,
        'network.protocol.version': httpVersion,
        ...(path ? { 'http.route': path } : {}),
        ...(code === 0 ? {} : { 'http.response.status_code': code }),
        ...(error ? { 'error.type': error } : {}),
      }));
      ofMethod.set(kind, series);
    }
    return series(route, response.headersSent ? response.statusCode : 0, errorOf(response));
  };
}

/** By the conventions: a server error by its status; a client that went away before the answer was whole. */
function errorOf(response: ServerResponse): string {
  if (!response.writableFinished) return 'aborted';
  return response.statusCode >= 500 ? String(response.statusCode) : '';
}

function schemeOf({ socket }: IncomingMessage): string {
  return 'encrypted' in socket ? 'https' : 'http';
}
