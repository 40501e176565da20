import type { Report } from '@dyno/contracts/report';
import { isSameTwice, sameTwiceWords } from '@dyno/lab/sameTwice';
import { partsOfSentence } from '@dyno/lab/words';
import Link from 'next/link';
import { dateTime } from '../lib/dates.ts';
import type { Run } from '../lib/results.ts';
import { linkedSentence, type Piece } from '../lib/sentence.ts';
import { verdictMarks } from '../lib/words.ts';
import styles from './RunHead.module.css';

/** The answer in one sentence, each figure of it with its evidence. */
export function RunHead({ run, report }: { run: Run; report: Report }) {
  const { word, answer, more } = linkedSentence(report);
  return (
    <header className={styles.head} data-verdict={report.verdict}>
      <p className={styles.kicker}>
        {report.title}
        <span>{dateTime(report.createdAt)}</span>
      </p>
      <h1 className={styles.sentence} id="sentence">
        <span className={styles.word} data-mark={verdictMarks[report.verdict]}>
          {word}
        </span>
        <Pieces pieces={answer} />
        <span className={styles.more}>
          <Pieces pieces={more} />
        </span>
      </h1>
      {run.plan && isSameTwice(run.plan.experiment) ? (
        <p className={styles.same}>{sameTwiceWords(report)}</p>
      ) : null}
    </header>
  );
}

function Pieces({ pieces }: { pieces: Piece[] }) {
  return pieces.map(({ at, text, href }) =>
    href ? (
      <a key={at} href={href} className={styles.figure}>
        {text}
      </a>
    ) : (
      text
    ),
  );
}

/** A run without a report: what was planned. */
export function PlannedHead({ run }: { run: Run }) {
  const { plan } = run;
  return (
    <header className={styles.head}>
      {plan ? (
        <p className={styles.kicker}>
          {plan.experiment.name}
          <span>{dateTime(plan.createdAt)}</span>
        </p>
      ) : null}
      <h1 className={styles.sentence} id="sentence">
        {plan?.experiment.title ?? run.id}
      </h1>
    </header>
  );
}

/** The head of every other page of a run: what it is about, and the sentence that it supports. */
export function PageHead({ run, title, lead }: { run: Run; title: string; lead: string }) {
  const { report } = run;
  const { word, answer } = partsOfSentence(report?.sentence ?? '');
  return (
    <header className={styles.head} data-verdict={report?.verdict}>
      <div>
        <h1 className={styles.title}>{title}</h1>
        <p className={styles.lead}>{lead}</p>
      </div>
      {report ? (
        <Link href={`/runs/${run.id}#sentence`} prefetch={false} className={styles.supports}>
          <strong>
            <span aria-hidden="true">{verdictMarks[report.verdict]} </span>
            {word}
          </strong>
          <span>{answer}</span>
        </Link>
      ) : null}
    </header>
  );
}
