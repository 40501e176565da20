'use client';

import { isMeasuring, type LiveWord } from '../lib/liveWord.ts';
import { Logs } from './Logs.tsx';
import { ProgressStrip } from './ProgressStrip.tsx';
import { useLiveWord } from './useLiveWord.ts';

/** The strip of a run under way; once the run has ended it is the finished page. */
export function Live({ id, first }: { id: string; first: LiveWord | null }) {
  const { word, silent } = useLiveWord(`/runs/${id}/live`, first);
  if (word === null) return null;
  if (word.state !== 'running') return <Logs id={id} pollMs={null} />;
  return (
    <ProgressStrip
      label="Progress of the run"
      seen={word}
      what={word.variant ?? ''}
      of="of at most"
      message={
        silent ? 'No word from the run for more than 12 s; the page keeps listening.' : messageOf(word)
      }
    >
      <Logs id={id} pollMs={isMeasuring(word) ? 5_000 : 2_000} />
    </ProgressStrip>
  );
}

/** What the strip does not say already. */
function messageOf({ message, block, blocksMax, secondsLeft }: LiveWord): string {
  if (message !== '' && message !== `block ${block} of at most ${blocksMax}`) return message;
  return `No verdict yet.${secondsLeft === null ? '' : ' The time left holds if the run is certain at its next look.'}`;
}
