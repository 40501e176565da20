import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer } from 'smtp-server';

/** Where in the dialogue the server goes away or stands still. */
export type Moment = 'before the text' | 'after the text' | 'after the answer';

export interface Received {
  messageId: string;
  to: string;
  text: string;
}

/** A real SMTP server that can refuse, hang and hang up at an exact moment; it keeps what it has taken. */
export class MailServer {
  readonly received: Received[] = [];
  /** Hangs up there, this many times. */
  drop: { at: Moment; times: number } | null = null;
  /** Answers this to the text (or, at RCPT, to the recipient), this many times. */
  answer: { code: number; at: 'recipient' | 'text'; times: number } | null = null;
  /** Stands still there, until `release`. */
  hold: Moment | null = null;
  /** Dialogues that stand still. */
  holding = 0;
  readonly #held: (() => void)[] = [];
  readonly #server: SMTPServer;
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<MailServer> {
    const server = new MailServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server.server, 'listening');
    return server;
  }

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      hideSTARTTLS: true,
      disableReverseLookup: true,
      logger: false,
      onRcptTo: (_address, _session, done) => {
        const refusal = this.#refusal('recipient');
        if (refusal === null) this.#reach('before the text', done);
        else done(refusal);
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const refusal = this.#refusal('text');
          if (refusal !== null) return done(refusal);
          this.received.push(mailOf(Buffer.concat(chunks), session.envelope.rcptTo[0]?.address));
          this.#reach('after the text', () => {
            done();
            this.#reach('after the answer', () => {});
          });
        });
      },
    });
    this.#server.on('error', () => {});
    this.#server.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  /** How often this e-mail has come. */
  count(outboxId: number): number {
    return this.received.filter(({ messageId }) => messageId === `<${outboxId}@shop.invalid>`).length;
  }

  /** Those who stand still go on. */
  release(): void {
    this.hold = null;
    for (const goOn of this.#held.splice(0)) goOn();
    this.holding = 0;
  }

  async close(): Promise<void> {
    this.release();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #reach(moment: Moment, goOn: () => void): void {
    if (this.drop?.at === moment && this.drop.times > 0) {
      this.drop.times -= 1;
      if (this.drop.times === 0) this.drop = null;
      for (const socket of this.#sockets) socket.destroy();
      return;
    }
    if (this.hold !== moment) {
      goOn();
      return;
    }
    this.holding += 1;
    this.#held.push(goOn);
  }

  #refusal(at: 'recipient' | 'text'): (Error & { responseCode: number }) | null {
    if (this.answer?.at !== at || this.answer.times === 0) return null;
    this.answer.times -= 1;
    return Object.assign(new Error('not now'), { responseCode: this.answer.code });
  }
}

/** For one test. */
export async function startMail(context: TestContext): Promise<MailServer> {
  const mail = await MailServer.start();
  context.after(() => mail.close());
  return mail;
}

function mailOf(content: Buffer, to = ''): Received {
  const text = content.toString('utf8');
  return { messageId: /^message-id: (.*)$/im.exec(text)?.[1]?.trim() ?? '', to, text };
}
