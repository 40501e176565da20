import Link from 'next/link';
import { Fragment } from 'react';
import styles from './Crumbs.module.css';

/** Where a page lies, and the way up. */
export function Crumbs({ way, here }: { way: [title: string, href: string][]; here: string }) {
  return (
    <nav className={styles.crumbs} aria-label="Where you are">
      {way.map(([title, href]) => (
        <Fragment key={href}>
          <Link href={href} prefetch={false}>
            {title}
          </Link>
          <span aria-hidden="true">/</span>
        </Fragment>
      ))}
      <span aria-current="page">{here}</span>
    </nav>
  );
}
