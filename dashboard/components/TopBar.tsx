import Link from 'next/link';
import { Keys } from './Keys.tsx';
import { MainLinks } from './MainLinks.tsx';
import { ThemeToggle } from './ThemeToggle.tsx';
import styles from './TopBar.module.css';

/** The way to every page; on a narrow screen the entries are at the bottom, where a thumb is. */
export function TopBar() {
  return (
    <header className={styles.bar}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <div className={styles.inner}>
        <Link href="/" className={styles.brand} prefetch={false}>
          <Mark />
          Dyno
        </Link>
        <MainLinks />
        <div className={styles.tools}>
          <Keys />
          <ThemeToggle />
        </div>
      </div>
    </header>
  );
}

/** Two curves of a dynamometer sheet: before, and after. */
function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d="M3 20.5h18" stroke="var(--line-strong)" strokeWidth="1.5" strokeLinecap="round" fill="none" />
      <path
        d="M3.5 17c5-.4 7.500-2.200 9.500-4.200 2.200-2.200 4-3.300 7.500-3.300"
        stroke="var(--baseline)"
        strokeWidth="2"
        strokeDasharray="3 2.400"
        fill="none"
      />
      <path
        d="M3.500 16.500c4-.8 6.200-4.200 8.200-8 1.700-3.200 4.300-5 8.800-5"
        stroke="var(--candidate)"
        strokeWidth="2.400"
        strokeLinecap="round"
        fill="none"
      />
    </svg>
  );
}
