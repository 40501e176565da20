import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection, { type SMTPEnvelope } from 'nodemailer/lib/smtp-connection';

export interface Message {
  /** Constant for one e-mail: a receiver that gets it twice can drop the second. */
  id: string;
  to: string;
  subject: string;
  text: string;
}

/**
 * `sent`: the server has taken it. `not sent`: it has not, another try may help. `refused`: it never will. `unknown`: the
 * connection ended after the text was begun and before the answer, so the server may have taken it or not.
 */
export type MailOutcome = { kind: 'sent' } | { kind: 'not sent' | 'refused' | 'unknown'; reason: string };

export interface MailControl {
  /** Asked right before the text goes out; false ends the dialogue without it. */
  mayBegin(): Promise<boolean>;
  /** Ends a dialogue in which the text has not been begun; one in which it has goes on. */
  signal: AbortSignal;
}

export interface Mail {
  send(message: Message, control: MailControl): Promise<MailOutcome>;
}

export interface MailOptions {
  /** `smtp://[user:password@]host:port` or `smtps://`. */
  url: string;
  from: string;
  timeoutMs: number;
}

/** One connection for each e-mail: an idle one that the server has closed would look like a failure in the text. */
export function smtpMail(options: MailOptions): Mail {
  return {
    async send(message, control) {
      const { id, to, subject, text: body } = message;
      const mail = new MailComposer({
        from: options.from,
        to,
        subject,
        text: body,
        messageId: `<${id}>`,
      }).compile();
      const text = await mail.build();
      return deliver(connectionTo(options), mail.getEnvelope(), text, control);
    },
  };
}

function connectionTo({ url, timeoutMs }: MailOptions): { connection: SMTPConnection; login: Login | null } {
  const { hostname, port, protocol, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const connection = new SMTPConnection({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 25) : Number(port),
    secure,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
  const login =
    username === '' ? null : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return { connection, login };
}

interface Login {
  user: string;
  pass: string;
}

function deliver(
  { connection, login }: { connection: SMTPConnection; login: Login | null },
  envelope: SMTPEnvelope,
  text: Buffer,
  { mayBegin, signal }: MailControl,
): Promise<MailOutcome> {
  return new Promise((resolve) => {
    let begun = false;
    const end = (outcome: MailOutcome) => {
      signal.removeEventListener('abort', stop);
      // Closing says "end", which must not be taken for the reason.
      resolve(outcome);
      connection.close();
    };
    const failed = (error: Error) => end(outcomeOf(error, begun));
    const stop = () => {
      if (!begun) failed(new Error('this process ends.'));
    };
    signal.addEventListener('abort', stop);
    connection.on('error', failed);
    connection.on('end', () => failed(new Error('The connection was closed.')));
    // Read when the server has asked for the text, and not before.
    const source = new Readable({
      read() {
        mayBegin().then(
          (may) => {
            if (!may) return failed(new Error('another process has begun it.'));
            begun = true;
            this.push(text);
            this.push(null);
          },
          (error: Error) => failed(error),
        );
      },
    });
    const send = () =>
      connection.send(envelope, source, (error) => {
        if (error) return failed(error);
        signal.removeEventListener('abort', stop);
        resolve({ kind: 'sent' });
        connection.quit();
      });
    connection.connect((error) => {
      if (error) return failed(error);
      if (login === null) return send();
      connection.login({ credentials: login }, (refused) => (refused ? failed(refused) : send()));
    });
  });
}

function outcomeOf(error: Error & { responseCode?: number; command?: string }, begun: boolean): MailOutcome {
  const reason = oneLine(error.message);
  const answered = error.responseCode !== undefined && error.command !== 'CONN';
  if (begun && !answered) return { kind: 'unknown', reason };
  // 5xx about this e-mail; one about our login or the greeting is the operator's to mend.
  const about = error.command === 'MAIL FROM' || error.command === 'RCPT TO' || error.command === 'DATA';
  const never = about && (error.responseCode ?? 0) >= 500;
  return { kind: never ? 'refused' : 'not sent', reason };
}

/** The answer of a foreign server is input: no control characters, and not without end. */
function oneLine(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 300);
}
