'use client';

import { useEffect, useRef, useState } from 'react';
import type { Log, LogPart } from '../lib/logs.ts';
import styles from './Logs.module.css';
import { ScrollBox } from './ScrollBox.tsx';

/** What is kept on the page of a log that grows. */
const charactersMax = 200_000;
/** Logs that were written within that time are of one round. */
const togetherMs = 10_000;

type Chosen = Pick<Log, 'source' | 'name'>;

/** The logs of the run's processes and of the stack; asked for only while they are open and in sight, once where `pollMs` is null. */
export function Logs({ id, pollMs }: { id: string; pollMs: number | null }) {
  const [isOpen, setOpen] = useState(false);
  const details = useRef<HTMLDetailsElement>(null);
  // It may have been opened before the script was there.
  useEffect(() => setOpen(details.current?.open ?? false), []);
  return (
    <details ref={details} className={styles.logs} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Logs</summary>
      {isOpen ? <OpenLogs id={id} pollMs={pollMs} /> : null}
    </details>
  );
}

function OpenLogs({ id, pollMs }: { id: string; pollMs: number | null }) {
  /** Null follows the service that is measured now. */
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const { logs, shown, text, problem } = useLog(id, chosen, pollMs);
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (text !== '' && box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  if (logs === null) return <p className={styles.note}>{problem || 'Reading…'}</p>;
  if (logs.length === 0) return <p className={styles.note}>No log was written yet.</p>;
  return (
    <>
      <label className={styles.choice}>
        Log of
        <select
          value={chosen ? keyOf(chosen) : ''}
          onChange={(event) => setChosen(logs.find((log) => keyOf(log) === event.target.value) ?? null)}
        >
          <option value="">the newest service</option>
          <LogOptions label="This run" logs={logs.filter(({ source }) => source === 'run')} />
          <LogOptions
            label="The stack, as it runs now"
            logs={logs.filter(({ source }) => source === 'stack')}
          />
        </select>
        {shown ? <code>{shown.name}</code> : null}
      </label>
      {problem ? (
        <p className={styles.note} role="status">
          {problem}
        </p>
      ) : null}
      <ScrollBox
        ref={box}
        className={styles.text}
        role="log"
        aria-live="off"
        label={shown ? `Log ${shown.name}` : 'Log'}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight > scrollHeight - 20;
        }}
      >
        <pre>{text === '' ? 'Nothing was written to it.' : text}</pre>
      </ScrollBox>
    </>
  );
}

function LogOptions({ label, logs }: { label: string; logs: Log[] }) {
  if (logs.length === 0) return null;
  return (
    <optgroup label={label}>
      {logs
        .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
        .map((log) => (
          <option key={keyOf(log)} value={keyOf(log)}>
            {log.name.replace(/\.log$/, '')}
          </option>
        ))}
    </optgroup>
  );
}

interface Seen {
  logs: Log[] | null;
  shown: Chosen | null;
  text: string;
  problem: string;
}

function useLog(id: string, chosen: Chosen | null, pollMs: number | null): Seen {
  const [seen, setSeen] = useState<Seen>({ logs: null, shown: null, text: '', problem: '' });
  // Outlives a change of pace between windows.
  const place = useRef<{ key: string; to: number; text: string } | null>(null);
  useEffect(() => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      if (!document.hidden) {
        const next = await ask(id, chosen, place, over.signal).catch(() => null);
        if (over.signal.aborted) return;
        setSeen((last) => next ?? { ...last, problem: 'The log cannot be read now; the page tries again.' });
        if (next && pollMs === null) return;
      }
      timer = setTimeout(look, pollMs ?? 5_000);
    };
    void look();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [id, chosen, pollMs]);
  return seen;
}

async function ask(
  id: string,
  chosen: Chosen | null,
  place: { current: { key: string; to: number; text: string } | null },
  signal: AbortSignal,
): Promise<Seen> {
  const { logs } = chosen ? { logs: null } : await get(id, {}, signal);
  const shown = chosen ?? (logs ? newestService(logs) : null);
  if (!shown) return { logs, shown, text: '', problem: '' };
  const known = place.current?.key === keyOf(shown) ? place.current : null;
  const query = { ...shown, ...(known ? { from: String(known.to) } : {}) };
  const answer = await get(id, query, signal);
  const { part } = answer;
  if (part) {
    const before = known && part.from === known.to ? known.text : '';
    place.current = { key: keyOf(shown), to: part.to, text: (before + part.text).slice(-charactersMax) };
  }
  return { logs: answer.logs, shown, text: place.current?.text ?? '', problem: '' };
}

async function get(
  id: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<{ logs: Log[]; part: LogPart | null }> {
  const response = await fetch(`/runs/${id}/logs?${new URLSearchParams(query)}`, { signal });
  if (!response.ok) throw new Error(`the dashboard answered ${response.status}`);
  return response.json();
}

/** Two variants that are alive at once write in turns: the one that is named last, not now this and now that. */
function newestService(logs: Log[]): Chosen | null {
  const own = logs.filter(({ source }) => source === 'run');
  const services = own.filter(({ name }) => name.endsWith('-service.log'));
  const newestMs = Math.max(...services.map(({ changedMs }) => changedMs));
  const [last] = services
    .filter(({ changedMs }) => changedMs > newestMs - togetherMs)
    .sort((a, b) => (a.name < b.name ? 1 : -1));
  const found = last ?? own[0] ?? logs[0];
  return found ? { source: found.source, name: found.name } : null;
}

const keyOf = ({ source, name }: Chosen): string => `${source}/${name}`;
