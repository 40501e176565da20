import { z } from 'zod';

const servicesSchema = z.object({ services: z.array(z.string()).default([]) });

/** Jaeger's query API v3, which 2.13 and 2.20 both have. */
export class Jaeger {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  /** OTLP JSON under `result` with the traces of a service that began in this time, at most `limit` of them; null when there are none. */
  async findTraces(
    { service, fromMs, toMs, limit }: { service: string; fromMs: number; toMs: number; limit: number },
    signal: AbortSignal,
  ): Promise<unknown> {
    const query = new URLSearchParams({
      'query.service_name': service,
      'query.start_time_min': new Date(fromMs).toISOString(),
      'query.start_time_max': new Date(toMs).toISOString(),
      // 2.13 reads the first of these, later versions the second.
      'query.num_traces': String(limit),
      'query.search_depth': String(limit),
    });
    const text = await this.#get(`/api/v3/traces?${query}`, signal);
    return text === null ? null : JSON.parse(text);
  }

  /** The names under which it has spans. */
  async services(signal: AbortSignal): Promise<string[]> {
    const text = await this.#get('/api/v3/services', signal);
    return text === null ? [] : servicesSchema.parse(JSON.parse(text)).services;
  }

  /** One whole trace as Jaeger writes it; null when it is not there. */
  traceText(traceId: string, signal: AbortSignal): Promise<string | null> {
    return this.#get(`/api/v3/traces/${traceId}`, signal);
  }

  /** Where a person looks at a trace: the page, or the API where this Jaeger was built without pages. */
  async addressOf(traceId: string, signal: AbortSignal): Promise<string> {
    const page = await this.#get('/', signal).catch(() => null);
    const hasPages = page !== null && !page.includes('not the Jaeger UI');
    return `${this.#url}${hasPages ? '' : '/api/v3'}${hasPages ? '/trace' : '/traces'}/${traceId}`;
  }

  async #get(path: string, signal: AbortSignal): Promise<string | null> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const response = await fetch(this.#url + path, { signal: limit }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new Error(`Jaeger does not answer at ${this.#url}`, { cause: error });
    });
    const text = await response.text();
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`Jaeger answered ${response.status} to ${path}: ${text.slice(0, 200)}`);
    return text;
  }
}
