import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Part } from './parts.ts';

const program = fileURLToPath(new URL('./mailbox.ts', import.meta.url));

/** Stands for the mail server of somebody else: it takes everything and sends nothing on. */
export const mail: Part = {
  name: 'mail',
  title: 'Mail server',
  purpose: "takes the shop's e-mails, and shows the last ones",
  version: 'mailpit',
  ours: true,
  onPath: { names: [], versionArgs: [], version: /never/, atLeast: [0, 0] },
  debian: null,
  archive: null,
  source: null,
  byHand: 'nothing: it is a part of Dyno',
  ports: ['smtp', 'mailbox'],
  compose: { service: 'mail', image: 'axllent/mailpit' },
  configFiles: [],

  async prepare() {},

  command({ settings }) {
    return {
      args: [program],
      env: { SMTP_PORT: String(settings.ports.smtp), MAILBOX_PORT: String(settings.ports.mailbox) },
    };
  },

  /** Greeted, it says its name. */
  async answer({ ports }) {
    const socket = connect({ host: '127.0.0.1', port: ports.smtp, timeout: 2_000 });
    socket.on('timeout', () => socket.destroy(new Error('no answer within 2 s')));
    try {
      const [greeting] = (await once(socket, 'data')) as [Buffer];
      const text = greeting.toString('latin1').trim();
      if (!text.startsWith('220')) throw new Error(`this is no mail server: ${text.slice(0, 80)}`);
      socket.write('QUIT\r\n');
      return /Mailpit/i.test(text) ? 'Mailpit' : 'of Dyno';
    } finally {
      socket.destroy();
    }
  },
};
