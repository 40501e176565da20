import { BlocksFrame, type PairedMetric } from '../explore/BlocksFrame.tsx';

/** The blocks that the verdict rests on, or will, each a pair. */
export function PairsSection({
  metrics: given,
  primary,
  isJudged,
}: {
  metrics: readonly PairedMetric[];
  primary: string;
  isJudged: boolean;
}) {
  const metrics = given
    .filter(({ pairs }) => pairs.some(({ baseline, candidate }) => baseline > 0 && candidate > 0))
    // The rest of a metric need not travel to the browser.
    .map(({ name, title, unit, better, pairs, ratio }) => ({ name, title, unit, better, pairs, ratio }));
  if (metrics.length === 0) return null;
  return <BlocksFrame metrics={metrics} primary={primary} isJudged={isJudged} />;
}
