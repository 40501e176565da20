import type { Access } from '../lib/access.ts';
import styles from './start.module.css';

/** In place of buttons that would be refused: how one comes to have them. */
export function WayIn({ access }: { access: Exclude<Access, 'full'> }) {
  return (
    <div className={styles.note} data-tone="plain" role="note">
      {access === 'only-reads' ? (
        <p>
          <b>This dashboard only reads.</b> It runs where nothing can be measured, in a container for example:
          start runs with <code>npx dyno run</code> on the machine itself.
        </p>
      ) : (
        <p>
          <b>Starting and stopping needs a way in.</b> Other users of this machine reach this page too, so it
          only reads until you open the address that <code>npx dyno dashboard</code> prints: it lets this
          browser in, once and for good. Where the dashboard runs already, the command only prints a new
          address.
        </p>
      )}
    </div>
  );
}
