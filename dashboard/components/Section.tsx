import type { ReactNode } from 'react';
import styles from './Section.module.css';

/** One card of the run page: a title that says what is seen, what it is in small, and the picture. */
export function Section({
  id,
  title,
  subtitle,
  aside,
  children,
  flush = false,
}: {
  id: string;
  title: string;
  subtitle?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  /** The content brings its own margins, as tables do. */
  flush?: boolean;
}) {
  return (
    <section id={id} className={styles.section} aria-labelledby={`${id}-title`}>
      <header className={styles.header}>
        <div>
          <h2 id={`${id}-title`} className={styles.title}>
            {title}
          </h2>
          {subtitle ? <p className={styles.subtitle}>{subtitle}</p> : null}
        </div>
        {aside ? <div className={styles.aside}>{aside}</div> : null}
      </header>
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}

/** A slot that nothing fills (yet): never an empty chart. */
export function Absent({ children }: { children: ReactNode }) {
  return <p className={styles.absent}>{children}</p>;
}

/** What a chart shows, as a table, for reading and for screen readers. */
export function AsTable({ summary, children }: { summary: string; children: ReactNode }) {
  return (
    <details className={styles.details}>
      <summary>{summary}</summary>
      <div className={styles.scroll}>{children}</div>
    </details>
  );
}
