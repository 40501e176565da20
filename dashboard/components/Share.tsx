import { Section } from './Section.tsx';
import styles from './Share.module.css';

/** The same run for somebody who is not here: one file, a page of paper, text for a ticket. */
export function Share({ id }: { id: string }) {
  return (
    <Section id="share" title="Share">
      <ul className={styles.ways}>
        <li>
          <a href={`/runs/${id}/report.html`}>HTML</a>: one file with every chart and table, nothing to load,
          for a mail (
          <a href={`/runs/${id}/report.html`} download={`${id}.html`}>
            download
          </a>
          )
        </li>
        <li>
          PDF: <code>npx dyno report {id} -o report.pdf</code>, or print the HTML
        </li>
        <li>
          <a href={`/runs/${id}/files/report.md`}>Markdown</a>: the sentence, the table, goals and guards
        </li>
        <li>
          Everything, raw samples included: <code>npx dyno export {id}</code>
        </li>
      </ul>
    </Section>
  );
}
