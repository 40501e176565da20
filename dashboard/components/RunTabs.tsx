'use client';

import Link from 'next/link';
import { useSelectedLayoutSegment } from 'next/navigation';
import type { RunTab } from '../lib/runTabs.ts';
import styles from './RunBar.module.css';

/** Which page is open is known only where the address is. */
export function RunTabs({ id, tabs }: { id: string; tabs: RunTab[] }) {
  const open = useSelectedLayoutSegment();
  return (
    <nav className={styles.tabs} aria-label="Pages of this run">
      {tabs.map(({ segment, title, also = [] }) => (
        <Link
          key={title}
          href={segment === null ? `/runs/${id}` : `/runs/${id}/${segment}`}
          prefetch={false}
          aria-current={segment === open ? 'page' : also.includes(open ?? '') ? 'true' : undefined}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
