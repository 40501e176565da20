import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Meter, Tracer } from '@opentelemetry/api';
import { type Attributes, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, setRPCMetadata, suppressTracing } from '@opentelemetry/core';
import { metrics } from './names.ts';

export interface ServerOptions {
  tracer: Tracer;
  meter: Meter;
  /** Makes a context the active one for everything that the request starts. */
  enter(context: Context): void;
  /** Paths that are neither traffic nor a trace. */
  ignored: readonly string[];
  /** An error in here is never the service's. */
  onError(error: unknown): void;
}

/**
 * Spans and durations of the requests that a service answers, from Node's own diagnostics channel: nothing is patched. OpenTelemetry's
 * instrumentation of HTTP puts wrapped listener methods on each request and response, sampled or not, and that was half of what
 * telemetry cost the shop (bench/README.md).
 */
export function recordServer({ tracer, meter, enter, ignored, onError }: ServerOptions): void {
  const duration = meter.createHistogram(metrics.serverDuration.name, metrics.serverDuration);
  const labels = new Map<string, Attributes>();

  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    if (ignored.includes(request.url ?? '')) {
      enter(suppressTracing(ROOT_CONTEXT));
      return;
    }
    const startMs = performance.now();
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = tracer.startSpan(request.method ?? 'GET', { kind: SpanKind.SERVER }, parent);
    if (span.isRecording()) span.setAttributes(requestAttributes(request));
    // The framework's instrumentation writes the route into it.
    const rpc: RPCMetadata = { type: RPCType.HTTP, span };
    enter(setRPCMetadata(trace.setSpan(parent, span), rpc));
    response.once('close', () => {
      try {
        if (span.isRecording()) endSpan(span, request, response, rpc.route);
        duration.record((performance.now() - startMs) / 1000, labelsOf(labels, request, response, rpc.route));
      } catch (error) {
        onError(error);
      }
    });
  };
  diagnostics.subscribe('http.server.request.start', (message) => {
    try {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
      begin(request, response);
    } catch (error) {
      onError(error);
    }
  });
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

/** One attributes object for each combination, so that a record on the hot path allocates none. */
function labelsOf(
  known: Map<string, Attributes>,
  request: IncomingMessage,
  response: ServerResponse,
  route = '',
): Attributes {
  const error = errorOf(response);
  const status = response.headersSent ? response.statusCode : 0;
  const key = `${request.method} ${route} ${status} ${request.httpVersion} ${error}`;
  let found = known.get(key);
  if (!found) {
    found = {
      'http.request.method': request.method ?? 'GET',
      'url.scheme': schemeOf(request),
      'network.protocol.version': request.httpVersion,
      ...(route ? { 'http.route': route } : {}),
      ...(status ? { 'http.response.status_code': status } : {}),
      ...(error ? { 'error.type': error } : {}),
    };
    if (known.size < 500) known.set(key, found);
  }
  return found;
}

/** By the conventions: a server error by its status; a client that went away before the answer was whole. */
function errorOf(response: ServerResponse): string {
  if (!response.writableFinished) return 'aborted';
  return response.statusCode >= 500 ? String(response.statusCode) : '';
}

function schemeOf({ socket }: IncomingMessage): string {
  return 'encrypted' in socket ? 'https' : 'http';
}
