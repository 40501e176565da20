import type { Report } from '@dyno/contracts/report';
import { nextSteps } from '@dyno/lab/nextSteps';
import { exitWords } from '@dyno/lab/words';
import styles from './Next.module.css';

/** What a reader does with the verdict, and what a script was told. */
export function Next({ report }: { report: Report }) {
  return (
    <section className={styles.next} aria-labelledby="next-title">
      <h2 id="next-title" className={styles.title}>
        What to do next
      </h2>
      <ul className={styles.steps}>
        {nextSteps(report).map(({ text, command, link }) => (
          <li key={text}>
            {text} {command ? <code>{command}</code> : null}
            {link ? <a href={link.href}>{link.text}</a> : null}
          </li>
        ))}
      </ul>
      <p className={styles.exit}>
        Exit code {report.exitCode}: {exitWords(report.exitCode)}
      </p>
    </section>
  );
}
