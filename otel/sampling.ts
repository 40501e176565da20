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
    traceparent !== undefined && traceparentPattern.test(traceparent)
      ? (Number.parseInt(traceparent.slice(53, 55), 16) & 1) === 1
      : Math.random() < rootSampling;
}

const traceparentPattern = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}/;

/** A request's span comes here only when it is to be recorded; what begins outside of a request is a share of its own. */
export function samplerOf({ level, rootSampling }: Sampling): Sampler {
  if (level === 'full') return new AlwaysOnSampler();
  const ratio: Sampler = new TraceIdRatioBasedSampler(rootSampling);
  const root: Sampler = {
    shouldSample(context, traceId, name, kind, attributes, links) {
      if (kind === SpanKind.SERVER) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
      return ratio.shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => 'requests decided before',
  };
  return new ParentBasedSampler({ root });
}
