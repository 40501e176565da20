import Link from 'next/link';
import page from '../components/page.module.css';

export default function NotFound() {
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>There is no such run</h1>
        <p className={page.lead}>
          Its folder is not below the results folder, or has another name. <Link href="/">All runs</Link>
        </p>
      </header>
    </main>
  );
}
