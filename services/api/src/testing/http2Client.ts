import { type ClientHttp2Session, connect } from 'node:http2';
import { type Asked, decoded, type Received, type Sender } from './canaries.ts';

/** As Client, with all questions of everybody on one connection. */
export class Http2Client implements Sender {
  readonly #session: ClientHttp2Session;

  constructor(url: string) {
    // The certificate is the service's own.
    this.#session = connect(url, { rejectUnauthorized: false });
    this.#session.on('error', () => {});
  }

  send({ method, path, headers: { host, ...headers } = {}, body }: Asked): Promise<Received> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': method,
        ':path': path,
        ...(host === undefined ? {} : { ':authority': host }),
        ...headers,
      });
      const chunks: Buffer[] = [];
      let received: Omit<Received, 'body'> = { status: 0, headers: {} };
      stream.on('response', ({ ':status': status = 0, ...rest }) => {
        received = { status, headers: rest };
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('end', () => {
        resolve({ ...received, body: decoded(Buffer.concat(chunks), received.headers['content-encoding']) });
      });
      stream.end(body);
    });
  }

  close(): void {
    this.#session.destroy();
  }
}
