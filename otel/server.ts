import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Tracer } from '@opentelemetry/api';
import { type Attributes, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, setRPCMetadata, suppressTracing } from '@opentelemetry/core';
import { type Instruments, type Series, seriesBy } from './instruments.ts';
import { metrics } from './names.ts';
import { requestSeconds } from './views.ts';

type SeriesBy = ReturnType<typeof seriesBy>;

export interface ServerOptions {
  tracer: Tracer;
  instruments: Instruments;
  /** Whether a request is traced, by what its caller says. */
  isSampled(traceparent: string | undefined): boolean;
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
 * Spans and durations of the requests that a service answers, from Node's own diagnostics channel: nothing is patched. OpenTelemetry's
 * instrumentation of HTTP puts wrapped listener methods on each request and response, sampled or not, and a small service feels it.
 */
export function recordServer(options: ServerOptions): void {
  const durationOf = durationsOf(options.instruments);

  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    const startMs = performance.now();
    const isIgnored = options.ignored.includes(request.url ?? '');
    const isSampled = !isIgnored && options.isSampled(textOf(request.headers.traceparent));
    const end = isSampled ? startSpan(options, request, response) : undefined;
    if (!isSampled) options.enter(quiet);
    if (isIgnored) return;
    response.once('close', () => {
      try {
        const route = end ? end() : options.routeOf(request, response);
        durationOf(request, response, route).record((performance.now() - startMs) / 1000);
      } catch (error) {
        options.onError(error);
      }
    });
  };
  diagnostics.subscribe('http.server.request.start', (message) => {
    try {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
      begin(request, response);
    } catch (error) {
      options.onError(error);
    }
  });
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
  const known = new Map<string, SeriesBy>();
  return (request: IncomingMessage, response: ServerResponse, route = ''): Series => {
    const scheme = schemeOf(request);
    const status = response.headersSent ? response.statusCode : 0;
    // Few combinations of these; a service without routes has one of each.
    const kind = `${request.method} ${scheme} ${request.httpVersion}`;
    let series = known.get(kind);
    if (!series) {
      const { method = 'GET', httpVersion } = request;
      series = seriesBy(of, (path, code, error) => ({
        'http.request.method': method,
        'url.scheme': scheme,
        'network.protocol.version': httpVersion,
        ...(path ? { 'http.route': path } : {}),
        ...(code === '0' ? {} : { 'http.response.status_code': Number(code) }),
        ...(error ? { 'error.type': error } : {}),
      }));
      known.set(kind, series);
    }
    return series(route, String(status), errorOf(response));
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
