import { channel } from 'node:diagnostics_channel';

const lookups = channel('dyno:cache');

/** For the telemetry, which listens on the channel; costs nothing where nobody does. */
export function reportLookup(cache: 'redis' | 'memory', hit: boolean): void {
  if (lookups.hasSubscribers) lookups.publish({ cache, hit });
}
