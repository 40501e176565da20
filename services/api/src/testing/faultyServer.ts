import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A door to a real server that can be shut (refused, and open connections are cut) or hold everything back, as a hung server does. */
export class FaultyServer {
  readonly #to: URL;
  readonly #connections = new Set<Connection>();
  #door: Server;
  #port = 0;
  #hung = false;
  #unansweredText: string | null = null;
  #unanswered = 0;

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

  /** Packets from clients that wait in front of the hung server. */
  get heldBack(): number {
    return [...this.#connections].reduce((sum, { toServer }) => sum + toServer.held.length, 0);
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
    for (const connection of this.#connections) connection.cut();
    await closed;
  }

  /** What a client sends with this text in it reaches the server, and no answer comes back any more: as if killed in between. */
  leaveUnanswered(text: string | null): void {
    this.#unansweredText = text;
  }

  /** How many connections have been left so. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Open connections hang, and new ones too. */
  hang(): void {
    this.#hung = true;
    this.hangOpenConnections();
  }

  hangOpenConnections(): void {
    for (const connection of this.#connections) connection.hang();
  }

  recover(): void {
    this.#hung = false;
    for (const connection of this.#connections) connection.recover();
  }

  #createDoor(): Server {
    return createServer((client) => {
      const connection = new Connection(client, connect(Number(this.#to.port), this.#to.hostname), () => {
        this.#connections.delete(connection);
      });
      this.#connections.add(connection);
      client.on('data', (data: Buffer) => {
        if (this.#unansweredText === null || !data.includes(this.#unansweredText)) return;
        this.#unanswered += 1;
        connection.hangAnswers();
      });
      if (this.#hung) connection.hang();
    });
  }
}

class Connection {
  readonly toServer: Direction;
  readonly #toClient: Direction;
  readonly #sockets: readonly Socket[];

  constructor(client: Socket, server: Socket, onClosed: () => void) {
    this.toServer = new Direction(client, server);
    this.#toClient = new Direction(server, client);
    this.#sockets = [client, server];
    for (const socket of this.#sockets) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.cut();
        onClosed();
      });
    }
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  hang(): void {
    this.toServer.hung = true;
    this.#toClient.hung = true;
  }

  hangAnswers(): void {
    this.#toClient.hung = true;
  }

  recover(): void {
    this.toServer.recover();
    this.#toClient.recover();
  }
}

class Direction {
  hung = false;
  readonly held: Buffer[] = [];
  readonly #to: Socket;

  constructor(from: Socket, to: Socket) {
    this.#to = to;
    from.on('data', (data: Buffer) => {
      if (this.hung) this.held.push(data);
      else to.write(data);
    });
  }

  recover(): void {
    this.hung = false;
    for (const data of this.held.splice(0)) this.#to.write(data);
  }
}
