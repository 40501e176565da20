import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Attributes, type Context, ROOT_CONTEXT, SpanStatusCode } from '@opentelemetry/api';
import { type RPCMetadata, RPCType, suppressTracing } from '@opentelemetry/core';
import { type Instruments, type Series, seriesBy } from './instruments.ts';
import { metrics } from './names.ts';
import { parentOf, RequestContext, RequestSpan, type SpanHome, shortened } from './requestSpan.ts';
import { requestSeconds } from './views.ts';

export interface ServerOptions {
  /** Null where nothing is traced. */
  spans: SpanHome | null;
  instruments: Instruments;
  /** Whether a request is traced, by what its caller says. */
  isSampled(traceparent: string | undefined): boolean;
  /** Makes a context the active one for everything that the request starts. */
  enter(context: Context): void;
  /** The context in which the request has come: none of its own, as a rule. */
  active(): Context;
  /** What the framework knows of the route, once the answer is out. */
  routeOf(request: IncomingMessage, response: ServerResponse): string | undefined;
  /** Paths that are neither traffic nor a trace. */
  ignored: readonly string[];
  /** An error in here is never the service's. */
  onError(error: unknown): void;
}

/** In which no instrumentation begins a span: one context for all that is not to be traced at all. */
const quiet = suppressTracing(ROOT_CONTEXT);

/**
 * Spans and durations of the requests that a service answers, from Node's own diagnostics channels: nothing is patched. OpenTelemetry's
 * instrumentation of HTTP puts wrapped listener methods on each request and response, sampled or not, and a small service feels it.
 * For the same reason nothing is listened to on a request or response: Node says when an answer is out, and one listener on each
 * connection tells of those that never were; and a request that is not traced enters no context.
 */
export function recordServer(options: ServerOptions): void {
  const { spans, ignored } = options;
  const durationOf = durationsOf(options.instruments);

  // Not on the socket: it would have another shape then, and Node's code on sockets would be slower for every request.
  const lines = new WeakMap<Socket, Line>();

  const end = (line: Line, exchange: Exchange): void => {
    const { response, span, rpc } = exchange;
    if (response === null) return;
    // One of these is kept for as long as the connection lives.
    exchange.response = null;
    exchange.span = null;
    exchange.rpc = null;
    const endMs = performance.now();
    const route = options.routeOf(response.req, response) ?? rpc?.route;
    const error = errorOf(response);
    const status = response.headersSent ? response.statusCode : 0;
    durationOf(line, response.req, { route: route ?? '', status, error }).record(
      (endMs - exchange.startMs) / 1000,
    );
    if (span) endSpan(span, response.req, { route, status, error, endMs });
  };
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    const startMs = performance.now();
    const isIgnored = ignored.includes(request.url ?? '');
    const traced = !isIgnored && options.isSampled(textOf(request.headers.traceparent)) ? spans : null;
    // Before Node 24 a connection keeps the context of the request before. And a probe's queries are no traces of their own.
    if (spans && !traced && (isIgnored || options.active() !== ROOT_CONTEXT)) options.enter(quiet);
    if (isIgnored) return;
    const line = lineOf(request.socket);
    const exchange = exchangeOf(line, response);
    exchange.startMs = startMs;
    if (traced) startSpan(options, traced, { line, exchange, request });
  };
  const lineOf = (socket: Socket): Line => {
    let line = lines.get(socket);
    if (line === undefined) {
      line = lineOn(socket, spans !== null);
      lines.set(socket, line);
      const ended = line;
      socket.once('close', () =>
        guarded(() => {
          for (const exchange of [ended.first, ...ended.others]) end(ended, exchange);
        }),
      );
    }
    return line;
  };
  const finish = (socket: Socket, response: ServerResponse): void => {
    const line = lines.get(socket);
    if (line === undefined) return;
    if (line.first.response === response) {
      end(line, line.first);
      return;
    }
    const index = line.others.findIndex((other) => other.response === response);
    for (const other of index < 0 ? [] : line.others.splice(index, 1)) end(line, other);
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
      const { response, socket } = message as Message;
      finish(socket, response);
    } catch (error) {
      options.onError(error);
    }
  });
}

/** A request that waits for its answer. */
interface Exchange {
  /** Null when there is none. */
  response: ServerResponse | null;
  startMs: number;
  span: RequestSpan | null;
  /** Other frameworks' instrumentations write the route into it. */
  rpc: RPCMetadata | null;
}
/** A connection, and the answers that it waits for: more than one only where requests are sent without waiting. */
interface Line {
  readonly scheme: string;
  /** What a span says of the connection. */
  readonly ends: Attributes;
  readonly first: Exchange;
  readonly others: Exchange[];
}
interface Message {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
}

/**
 * Asked once, when the connection is new, where anything is traced at all. Node keeps the addresses on the socket as it is asked for
 * them: asked in traced requests only, some sockets would have another shape than the others, and all of Node's code on sockets would
 * be slower for every request.
 */
function lineOn(socket: Socket, isTracing: boolean): Line {
  const ends: Attributes = {};
  if (isTracing && socket.localPort) ends['server.port'] = socket.localPort;
  if (isTracing && socket.remoteAddress) ends['network.peer.address'] = socket.remoteAddress;
  return { scheme: 'encrypted' in socket ? 'https' : 'http', ends, first: emptyExchange(), others: [] };
}

function emptyExchange(): Exchange {
  return { response: null, startMs: 0, span: null, rpc: null };
}

function exchangeOf({ first, others }: Line, response: ServerResponse): Exchange {
  const isFree = first.response === null;
  const exchange = isFree ? first : emptyExchange();
  if (!isFree) others.push(exchange);
  exchange.response = response;
  return exchange;
}

function startSpan(
  { enter }: ServerOptions,
  spans: SpanHome,
  { line, exchange, request }: { line: Line; exchange: Exchange; request: IncomingMessage },
): void {
  const parent = parentOf(request.headers);
  const span = new RequestSpan(spans, parent.span, {
    name: request.method ?? 'GET',
    startMs: exchange.startMs,
    attributes: requestAttributes(line, request),
  });
  exchange.span = span;
  exchange.rpc = { type: RPCType.HTTP, span };
  enter(new RequestContext(parent.context, span, exchange.rpc));
}

interface Outcome {
  route: string | undefined;
  /** 0 where no answer was begun. */
  status: number;
  error: string;
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** The query is left out: its values are the users'. */
function requestAttributes({ scheme, ends }: Line, request: IncomingMessage): Attributes {
  const { headers, url = '/' } = request;
  const query = url.indexOf('?');
  const attributes: Attributes = {
    'http.request.method': request.method ?? 'GET',
    'url.scheme': scheme,
    'url.path': shortened(query < 0 ? url : url.slice(0, query)),
    'network.protocol.version': request.httpVersion,
    ...ends,
  };
  if (headers.host) attributes['server.address'] = shortened(headers.host.replace(/:\d+$/, ''));
  const agent = headers['user-agent'];
  if (agent) attributes['user_agent.original'] = shortened(agent);
  return attributes;
}

function endSpan(
  span: RequestSpan,
  { method }: IncomingMessage,
  { route, status, error, endMs }: Outcome & { endMs: number },
): void {
  const { attributes } = span;
  if (route) {
    span.name = `${method} ${route}`;
    attributes['http.route'] = route;
  }
  if (status !== 0) attributes['http.response.status_code'] = status;
  if (error) {
    // What the service has said of it says more.
    if (span.status.code === SpanStatusCode.UNSET) span.status = { code: SpanStatusCode.ERROR };
    attributes['error.type'] = error;
  }
  span.endAt(endMs);
}

type SeriesBy = (route: string, status: number, error: string) => Series;

/** The series of an answer. Those that follow each other are mostly of one kind, so the last one is looked at first. */
function durationsOf(instruments: Instruments) {
  const of = instruments.histogram(metrics.serverDuration, requestSeconds);
  const known = new Map<string, SeriesBy>();
  const kindOf = (method: string, scheme: string, version: string): SeriesBy => {
    const key = `${method} ${scheme} ${version}`;
    let series = known.get(key);
    if (!series) {
      series = seriesBy(of, (path, code, error) => ({
        'http.request.method': method,
        'url.scheme': scheme,
        'network.protocol.version': version,
        ...(path ? { 'http.route': path } : {}),
        ...(code === 0 ? {} : { 'http.response.status_code': code }),
        ...(error ? { 'error.type': error } : {}),
      }));
      known.set(key, series);
    }
    return series;
  };
  let last = { method: '', scheme: '', version: '', route: '', status: -1, error: '', series: nowhere };
  return ({ scheme }: Line, request: IncomingMessage, { route = '', status, error }: Outcome): Series => {
    const { method = 'GET', httpVersion: version } = request;
    const isLast =
      last.status === status &&
      last.route === route &&
      last.method === method &&
      last.error === error &&
      last.scheme === scheme &&
      last.version === version;
    if (!isLast) {
      const series = kindOf(method, scheme, version)(route, status, error);
      last = { method, scheme, version, route, status, error, series };
    }
    return last.series;
  };
}

const nowhere: Series = { record() {} };

/** By the conventions: a server error by its status; a client that went away before the answer was whole. */
function errorOf(response: ServerResponse): string {
  if (!response.writableFinished) return 'aborted';
  return response.statusCode >= 500 ? String(response.statusCode) : '';
}
