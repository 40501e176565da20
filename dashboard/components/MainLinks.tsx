'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import styles from './TopBar.module.css';

/** Each entry with its picture, which is shown where the entries are at the bottom. */
const entries = [
  { href: '/', title: 'Runs', within: /^\/(runs\/|$)/, picture: 'M4 6h16M4 12h16M4 18h10' },
  {
    href: '/experiments',
    title: 'Experiments',
    within: /^\/experiments/,
    picture: 'M9 3h6M10 3v6l-5 9a2 2 0 0 0 1.800 3h10.400a2 2 0 0 0 1.800-3l-5-9V3M7.500 15h9',
  },
  {
    href: '/compare',
    title: 'Compare',
    within: /^\/compare/,
    picture: 'M4 5h6v14H4zM14 5h6v14h-6z',
  },
  {
    href: '/ablations',
    title: 'Ablations',
    within: /^\/ablations/,
    picture: 'M4 5h9M9 10h6M13 15h5M4 20h16',
  },
  {
    href: '/profiles',
    title: 'Profiles',
    within: /^\/profiles/,
    picture: 'M3 19h18M5 19v-5h14v5M8 14V9h8v5M11 9V5h3v4',
  },
  { href: '/new', title: 'New', within: /^\/new/, picture: 'M12 5v14M5 12h14' },
];

export function MainLinks() {
  const path = usePathname();
  return (
    <nav aria-label="Main" className={styles.nav}>
      {entries.map(({ href, title, within, picture }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={path === href ? 'page' : within.test(path) ? 'true' : undefined}
        >
          <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" className={styles.picture}>
            <path
              d={picture}
              fill="none"
              stroke="currentColor"
              strokeWidth="1.800"
              strokeLinecap="round"
              strokeLinejoin="round"
            />
          </svg>
          {title}
        </Link>
      ))}
    </nav>
  );
}
