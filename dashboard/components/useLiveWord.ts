'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { isMeasuring, type LiveWord } from '../lib/liveWord.ts';

/** No word for this long is said: the heartbeat comes every 5 s. */
const silenceMsMax = 12_000;
const reopenMs = 2_000;
/** Of what has not said a word yet: the first one brings the page. */
const unknownPage = 'unknown';

/**
 * The last word of a stream, and whether it has been silent for long. The page is watched on the machine that is measured: while
 * a window is open only what is made of the word changes; the page is asked for again between rounds, when it has more to show.
 */
export function useLiveWord(address: string, first: LiveWord | null) {
  const router = useRouter();
  const [word, setWord] = useState(first);
  const [silent, setSilent] = useState(false);
  const shown = useRef(first?.page ?? unknownPage);
  const stateThen = useRef(first?.state);

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
      // Such a page says how its run stands, and nothing else of it.
      if (shown.current === '' && next.state === stateThen.current) shown.current = next.page;
      if (next.page === shown.current || isMeasuring(next)) return;
      shown.current = next.page;
      router.refresh();
    };
    const open = () => {
      if (source || document.hidden) return;
      source = new EventSource(address);
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
  }, [address, router]);

  return { word, silent };
}
