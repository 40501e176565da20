'use client';

import type { LiveWord } from '../lib/liveWord.ts';
import { ProgressStrip } from './ProgressStrip.tsx';
import { useLiveWord } from './useLiveWord.ts';

/**
 * How far an ablation is, its variant in words. The page asks again by itself when its answer is there, and where it is stopped or
 * gone on with elsewhere.
 */
export function AblationProgress({
  id,
  first,
  titles,
}: {
  id: string;
  first: LiveWord | null;
  /** By the name of the variant. */
  titles: Readonly<Record<string, string>>;
}) {
  const { word, silent } = useLiveWord(`/ablations/${id}/live`, first);
  if (word?.state !== 'running') return null;
  const what = word.variant === null ? '' : (titles[word.variant] ?? word.variant);
  return (
    <ProgressStrip
      label="Progress of the ablation"
      seen={word}
      what={what ? `with ${what}` : ''}
      of="of"
      message={
        silent
          ? 'No word from the ablation for more than 12 s; the page keeps listening.'
          : 'Nothing is judged before the end.'
      }
    />
  );
}
