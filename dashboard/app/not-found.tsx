import Link from 'next/link';
import page from '../components/page.module.css';

export default function NotFound() {
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>There is no such run or experiment</h1>
        <p className={page.lead}>
          Nothing below the results folder has this name. <Link href="/">All runs</Link>
        </p>
      </header>
    </main>
  );
}
