import { channel } from 'node:diagnostics_channel';

/** The caches of the shop, as metrics and reports call them. */
export type CacheName = 'redis' | 'memory' | 'view' | 'fragment';

const lookups = channel('dyno:cache');

/** For the telemetry, which listens on the channel; costs nothing where nobody does. */
export function reportLookup(cache: CacheName, hit: boolean): void {
  if (lookups.hasSubscribers) lookups.publish({ cache, hit });
}
