'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { isMeasuring, type LiveWord } from '../lib/liveWord.ts';
import { Logs } from './Logs.tsx';
import { ProgressStrip } from './ProgressStrip.tsx';

/** No word for this long is said: the heartbeat comes every 5 s. */
const silenceMsMax = 12_000;
const reopenMs = 2_000;
/** Of a run that has not said a word yet: the first one brings the page. */
const unknownPage = 'unknown';

/**
 * The strip of a run under way. The page is watched on the machine that is measured: while a window is open only this text
 * changes; the rest of the page is asked for again between rounds, and once the run has ended it is the finished page.
 */
export function Live({ id, first }: { id: string; first: LiveWord | null }) {
  const router = useRouter();
  const [word, setWord] = useState(first);
  const [silent, setSilent] = useState(false);
  const shown = useRef(first?.page ?? unknownPage);

  useEffect(() => {
    let source: EventSource | null = null;
    let silence: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => setSilent(true), silenceMsMax);
    };
    const hear = (next: LiveWord) => {
      listen();
      setSilent(false);
      setWord(next);
      if (shown.current === '') shown.current = next.page;
      if (next.page === shown.current || isMeasuring(next)) return;
      shown.current = next.page;
      router.refresh();
    };
    const open = () => {
      if (source || document.hidden) return;
      source = new EventSource(`/runs/${id}/live`);
      listen();
      source.addEventListener('message', (event) => hear(JSON.parse(event.data)));
      // The browser tries again by itself when the connection broke, but not when it was refused.
      source.addEventListener('error', () => {
        if (source?.readyState !== EventSource.CLOSED) return;
        close();
        again = setTimeout(open, reopenMs);
      });
    };
    // A browser keeps six connections to one address: a hidden tab gives its own back.
    const close = () => {
      clearTimeout(silence);
      clearTimeout(again);
      source?.close();
      source = null;
    };
    const follow = () => (document.hidden ? close() : open());
    open();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      close();
    };
  }, [id, router]);

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
