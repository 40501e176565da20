import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A door to a real server that can be shut (refused, and open connections are cut) or hold everything back, as a hung server does. */
export class FaultyServer {
  readonly #to: URL;
  readonly #pairs = new Set<{ client: Socket; server: Socket; flush(): void }>();
  #door: Server;
  #port = 0;
  #hung = false;
  /** Packets from clients that arrived while the server hung. */
  heldBack = 0;

  static async before(url: string): Promise<FaultyServer> {
    const faulty = new FaultyServer(new URL(url));
    await faulty.open();
    return faulty;
  }

  private constructor(to: URL) {
    this.#to = to;
    this.#door = this.#createDoor();
  }

  /** The real server's address, with our door in it. */
  get url(): string {
    const url = new URL(this.#to);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  async open(): Promise<void> {
    this.#door = this.#createDoor();
    this.#door.listen(this.#port, '127.0.0.1');
    await once(this.#door, 'listening');
    this.#port = (this.#door.address() as AddressInfo).port;
  }

  async shut(): Promise<void> {
    const closed = once(this.#door, 'close');
    this.#door.close();
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    await closed;
  }

  hang(): void {
    this.#hung = true;
  }

  recover(): void {
    this.#hung = false;
    for (const { flush } of this.#pairs) flush();
  }

  #createDoor(): Server {
    return createServer((client) => {
      const server = connect(Number(this.#to.port), this.#to.hostname);
      const flushClient = this.#pass(client, server);
      const flushServer = this.#pass(server, client);
      const pair = {
        client,
        server,
        flush() {
          flushClient();
          flushServer();
        },
      };
      this.#pairs.add(pair);
      client.on('data', () => {
        if (this.#hung) this.heldBack += 1;
      });
      for (const socket of [client, server]) {
        socket.on('error', () => {});
        socket.on('close', () => {
          client.destroy();
          server.destroy();
          this.#pairs.delete(pair);
        });
      }
    });
  }

  /** Returns what sends on the data that was held back. */
  #pass(from: Socket, to: Socket): () => void {
    const held: Buffer[] = [];
    from.on('data', (data: Buffer) => {
      if (this.#hung) held.push(data);
      else to.write(data);
    });
    return () => {
      for (const data of held.splice(0)) to.write(data);
    };
  }
}
