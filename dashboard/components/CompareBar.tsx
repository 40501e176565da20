'use client';

import { useEffect, useRef, useState } from 'react';
import styles from './RunsTable.module.css';

/** What stands between two runs, as far as the list knows. */
interface Chosen {
  id: string;
  experiment: string;
  machine: string;
}

/** Two ticked rows are compared; whether they can be is said before. The boxes are the server's, so it listens to their form. */
export function CompareBar() {
  const bar = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<Chosen[]>([]);
  useEffect(() => {
    const form = bar.current?.closest('form');
    if (!form) return;
    const look = () => setChosen(chosenIn(form));
    look();
    form.addEventListener('change', look);
    return () => form.removeEventListener('change', look);
  }, []);
  const warning = warningOf(chosen);
  return (
    <div ref={bar} className={styles.compare}>
      <button type="submit" disabled={chosen.length !== 0 && chosen.length !== 2}>
        Compare the two chosen runs
      </button>
      <p role="status" data-warns={warning !== ''}>
        {chosen.length === 1 ? 'Tick one more.' : null}
        {chosen.length > 2 ? `${chosen.length} are ticked; a comparison is of two.` : null}
        {warning === '' ? null : (
          <>
            <span aria-hidden="true">! </span>
            {warning}
          </>
        )}
      </p>
    </div>
  );
}

function chosenIn(form: HTMLFormElement): Chosen[] {
  return [...form.querySelectorAll<HTMLInputElement>('input[name=run]:checked')].map(
    ({ value, dataset }) => ({
      id: value,
      experiment: dataset.experiment ?? '',
      machine: dataset.machine ?? '',
    }),
  );
}

function warningOf([a, b, ...more]: Chosen[]): string {
  if (!a || !b || more.length > 0) return '';
  const differing = [
    ...(a.machine === b.machine ? [] : ['machine or versions']),
    ...(a.experiment === b.experiment ? [] : ['experiment']),
  ];
  return differing.length === 0
    ? ''
    : `Different ${differing.join(' and ')}: their figures do not compare like with like.`;
}
