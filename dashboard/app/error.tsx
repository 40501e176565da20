'use client';

import page from '../components/page.module.css';

export default function PageError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>This page could not be made</h1>
        <p className={page.lead}>
          The log of the dashboard says why{error.digest ? `, under ${error.digest}` : ''}. The files of your
          runs are as they were.
        </p>
        <button type="button" className={page.button} onClick={reset}>
          Try again
        </button>
      </header>
    </main>
  );
}
