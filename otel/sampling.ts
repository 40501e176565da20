import { SpanKind } from '@opentelemetry/api';
import {
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Level } from './names.ts';

export interface Sampling {
  level: Exclude<Level, 'off'>;
  /** Share of the requests without a traceparent that are traced; a caller's sampled flag always decides. */
  rootSampling: number;
}

/**
 * Decided before anything is made for a request: most requests of a measured round are not traced, and what is prepared for them
 * in vain costs the service more than the few spans do.
 */
export function isSampled({ level, rootSampling }: Sampling): (traceparent: string | undefined) => boolean {
  if (level === 'metrics') return () => false;
  if (level === 'full') return () => true;
  return (traceparent) =>
    traceparent !== undefined && looksRight(traceparent)
      ? hasSampledFlag(traceparent)
      : Math.random() < rootSampling;
}

/** Whether its parts lie where they should: most are not sampled, and one that is will be read as a whole (`parentOf`). */
function looksRight(traceparent: string): boolean {
  const isDash = (index: number) => traceparent.charCodeAt(index) === 45;
  return traceparent.length >= 55 && isDash(2) && isDash(35) && isDash(52);
}

/** The last bit of the two digits: odd are 1, 3, 5, 7, 9 (whose codes are odd) and b, d, f (whose codes are even). */
function hasSampledFlag(traceparent: string): boolean {
  const code = traceparent.charCodeAt(54);
  return (code & 1) === (code < 97 ? 1 : 0);
}

/**
 * Requests are decided before they come here (`isSampled`). One that is not traced enters no context, so that its queries look like
 * the beginning of a trace of their own: such a beginning is never recorded. Other work is a share of its own.
 */
export function samplerOf({ level, rootSampling }: Sampling): Sampler {
  if (level === 'full') return new AlwaysOnSampler();
  const ratio: Sampler = new TraceIdRatioBasedSampler(rootSampling);
  const root: Sampler = {
    shouldSample(context, traceId, name, kind, attributes, links) {
      if (kind === SpanKind.CLIENT) return { decision: SamplingDecision.NOT_RECORD };
      return ratio.shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => 'requests decided before',
  };
  return new ParentBasedSampler({ root });
}
