import type { Session } from '../db/database.ts';
import { InputRefused, type JobDeps, JobHeld, JobInterrupted } from './job.ts';

/**
 * Never lost, and never twice through faults outside of the dialogue with the mail server. An e-mail is held (`owner`, `until`)
 * while the server is greeted; it becomes `sending` right before the text goes out. Who dies before that lets it go after the
 * lease; who dies after it leaves an e-mail of which nobody knows whether the server took it: `unknown`, not sent again by itself.
 */
export async function sendEmail(deps: JobDeps, outboxId: number): Promise<void> {
  const { database } = deps;
  const held = await database.use((session) => hold(session, outboxId, deps));
  if (!held) return database.use((session) => explain(session, outboxId));
  const email = await database.use((session) => emailOf(session, outboxId));
  const outcome = await deps.mail.send(
    { id: `${outboxId}@shop.invalid`, to: email.recipient, subject: email.subject, text: email.body },
    { mayBegin: () => database.use((session) => begin(session, outboxId, deps)), signal: deps.signal },
  );
  switch (outcome.kind) {
    case 'sent':
      await database.use((session) => note(session, outboxId, deps, 'sent'));
      return;
    case 'unknown':
      await database.use((session) => note(session, outboxId, deps, 'unknown'));
      throw unknown(outboxId, outcome.reason);
    case 'refused':
      await database.use((session) => note(session, outboxId, deps, 'failed'));
      throw new InputRefused(`The mail server refused e-mail ${outboxId}: ${outcome.reason}`);
    case 'not sent':
      await database.use((session) => note(session, outboxId, deps, 'queued'));
      if (deps.signal.aborted) throw new JobInterrupted();
      throw new Error(`E-mail ${outboxId} was not sent: ${outcome.reason}`);
    default:
      return outcome satisfies never;
  }
}

async function hold(session: Session, id: number, { owner, leaseMs }: JobDeps): Promise<boolean> {
  const changed = await session.change(
    `update emails set owner = ?, until = utc_timestamp(3) + interval ? microsecond
     where id = ? and state = 'queued' and (until is null or until < utc_timestamp(3))`,
    [owner, leaseMs * 1000, id],
  );
  return changed === 1;
}

async function begin(session: Session, id: number, { owner, leaseMs }: JobDeps): Promise<boolean> {
  const changed = await session.change(
    `update emails set state = 'sending', until = utc_timestamp(3) + interval ? microsecond
     where id = ? and state = 'queued' and owner = ?`,
    [leaseMs * 1000, id, owner],
  );
  return changed === 1;
}

type State = 'queued' | 'sending' | 'sent' | 'unknown' | 'failed';

/** Only by its holder: a lease that has ended may be another's by now. */
async function note(session: Session, id: number, { owner }: JobDeps, state: State): Promise<void> {
  await session.change(
    `update emails set sent_at = if(? = 'sent', utc_timestamp(3), null), state = ?, owner = null, until = null
     where id = ? and owner = ?`,
    [state, state, id, owner],
  );
}

/** Why there is nothing to hold: returns where the e-mail has been sent. */
async function explain(session: Session, id: number): Promise<void> {
  const [email] = await session.rows<{ state: State; overdue: 0 | 1 | null }>(
    'select state, until < utc_timestamp(3) overdue from emails where id = ?',
    [id],
  );
  if (email === undefined) throw new InputRefused(`There is no e-mail ${id}.`);
  switch (email.state) {
    case 'sent':
      return;
    case 'failed':
      throw new InputRefused(`E-mail ${id} was refused before.`);
    case 'unknown':
      throw unknown(id, 'it was begun and not acknowledged');
    case 'sending': {
      if (email.overdue !== 1) throw new JobHeld(`E-mail ${id} is being sent by another process.`);
      const changed = await session.change(
        `update emails set state = 'unknown' where id = ? and state = 'sending'`,
        [id],
      );
      if (changed === 0) throw new JobHeld(`How e-mail ${id} fared has been noted since it was asked for.`);
      throw unknown(id, 'whoever sent it ended before the answer of the mail server');
    }
    case 'queued':
      throw new JobHeld(`E-mail ${id} is held by another process.`);
    default:
      email.state satisfies never;
  }
}

function unknown(id: number, why: string): InputRefused {
  return new InputRefused(
    `Whether e-mail ${id} was sent is unknown (${why}). It is not sent again by itself: look for Message-ID ${id}@shop.invalid at the server.`,
  );
}

async function emailOf(session: Session, id: number) {
  const [email] = await session.rows<{ recipient: string; subject: string; body: string }>(
    'select recipient, subject, body from emails where id = ?',
    [id],
  );
  if (email === undefined) throw new InputRefused(`There is no e-mail ${id}.`);
  return email;
}
