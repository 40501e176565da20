'use client';

import { usePathname, useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import styles from './Keys.module.css';

const keys = [
  ['/', 'search the runs'],
  ['[', 'the older run of the same experiment'],
  [']', 'the newer run of the same experiment'],
  ['?', 'this list'],
] as const;

const inPlace = [
  ['← →', 'move the cross-hair of a chart, or through a waterfall'],
  ['Home End', 'to its first and last place'],
  ['Esc', 'closes, and takes a zoom back'],
] as const;

/** A key does what a link or field with that `aria-keyshortcuts` does, so that each has its place on the page. */
export function Keys() {
  const router = useRouter();
  const path = usePathname();
  const list = useRef<HTMLDialogElement>(null);
  const isSearching = useRef(false);
  const [listens, setListens] = useState(false);

  useEffect(() => {
    if (path === '/' && isSearching.current) searchField()?.focus();
    isSearching.current = false;
  }, [path]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      if (list.current?.open) return;
      if (event.key === '?') list.current?.showModal();
      else if (event.key === '/') {
        isSearching.current = searchField() === null;
        if (isSearching.current) router.push('/');
        else searchField()?.focus();
      } else if (event.key === '[' || event.key === ']')
        document.querySelector<HTMLElement>(`[aria-keyshortcuts="${event.key}"]`)?.click();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    setListens(true);
    return () => window.removeEventListener('keydown', onKey);
  }, [router]);

  return (
    <>
      <button
        type="button"
        className={styles.open}
        aria-label="Keys"
        // Nothing listens before the script is there.
        aria-keyshortcuts={listens ? '?' : undefined}
        onClick={() => list.current?.showModal()}
      >
        <kbd>?</kbd>
      </button>
      <dialog ref={list} className={styles.list} aria-labelledby="keys-title">
        <h2 id="keys-title">Keys</h2>
        <Rows rows={keys} />
        <h3>In a chart</h3>
        <Rows rows={inPlace} />
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}

function Rows({ rows }: { rows: readonly (readonly [string, string])[] }) {
  return (
    <dl>
      {rows.map(([key, what]) => (
        <div key={key}>
          <dt>
            {key.split(' ').map((one) => (
              <kbd key={one}>{one}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

const searchField = (): HTMLInputElement | null =>
  document.querySelector<HTMLInputElement>('main input[type="search"]');

/** A character that somebody writes is no command. */
function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}
