import Link from 'next/link';
import page from '../components/page.module.css';

export default function NotFound() {
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>There is no such page</h1>
        <p className={page.lead}>
          No run, experiment or file below the results folder has this address. Look for it among{' '}
          <Link href="/">all runs</Link> or <Link href="/experiments">all experiments</Link>.
        </p>
      </header>
    </main>
  );
}
