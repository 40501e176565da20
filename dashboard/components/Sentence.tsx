import Link from 'next/link';
import type { Run } from '../lib/results.ts';
import page from './page.module.css';

/** The head of a detail page: what it is about, and the sentence that it supports. */
export function Sentence({ run, title }: { run: Run; title: string }) {
  return (
    <header>
      <h1 className={page.title}>{title}</h1>
      {run.report ? (
        <p className={page.lead}>
          <Link href={`/runs/${run.id}#sentence`} prefetch={false}>
            {run.report.sentence}
          </Link>
        </p>
      ) : null}
    </header>
  );
}
