import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A door to a real server that can be shut (refused, and open connections are cut), hold everything back, as a hung server
 * does, be slow, end in the middle of an answer, reset its connections, or say something else than the server.
 */
export class FaultyServer {
  readonly #to: URL;
  readonly #connections = new Set<Connection>();
  #door: Server;
  #port = 0;
  #hung = false;
  #unansweredText: string | null = null;
  #unanswered = 0;
  #answerBytes: number | null = null;
  #answer: Buffer | null = null;
  #delayMs = 0;

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

  /** The same, and what the server would say. */
  get held(): number {
    return [...this.#connections].reduce((sum, { toClient }) => sum + toClient.held.length, this.heldBack);
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

  /** From now on every connection ends after so many bytes of answers, in the middle of whatever that is; null: no longer. */
  cutAnswersAfter(bytes: number | null): void {
    this.#answerBytes = bytes;
    for (const { toClient } of this.#connections) toClient.left = bytes;
  }

  /** Each answer comes so much later; 0: as the server gives it. */
  delayAnswers(ms: number): void {
    this.#delayMs = ms;
    for (const { toClient } of this.#connections) toClient.delayMs = ms;
  }

  /** Every open connection, as by a server that has forgotten it. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Whatever is asked, this is answered, and the server hears of nothing; null: no longer. */
  answerAllWith(answer: Buffer | null): void {
    this.#answer = answer;
    for (const connection of this.#connections) connection.answer = answer;
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
      connection.toClient.left = this.#answerBytes;
      connection.toClient.delayMs = this.#delayMs;
      connection.answer = this.#answer;
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
  readonly toClient: Direction;
  answer: Buffer | null = null;
  readonly #client: Socket;
  readonly #sockets: readonly Socket[];

  constructor(client: Socket, server: Socket, onClosed: () => void) {
    this.toServer = new Direction(client, (data) => {
      if (this.answer === null) server.write(data);
      else client.write(this.answer);
    });
    this.toClient = new Direction(server, (data) => {
      const { left } = this.toClient;
      if (left === null) client.write(data);
      else if (data.length <= left) {
        client.write(data);
        this.toClient.left = left - data.length;
      } else client.end(data.subarray(0, left));
    });
    this.#client = client;
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

  reset(): void {
    this.#client.resetAndDestroy();
  }

  hang(): void {
    this.toServer.hung = true;
    this.toClient.hung = true;
  }

  hangAnswers(): void {
    this.toClient.hung = true;
  }

  recover(): void {
    this.toServer.recover();
    this.toClient.recover();
  }
}

class Direction {
  hung = false;
  readonly held: Buffer[] = [];
  /** How many bytes may pass yet; null: all. */
  left: number | null = null;
  delayMs = 0;
  readonly #pass: (data: Buffer) => void;

  constructor(from: Socket, pass: (data: Buffer) => void) {
    this.#pass = pass;
    from.on('data', (data: Buffer) => {
      // Timers of one length end in the order in which they began.
      if (this.delayMs > 0) setTimeout(() => this.#come(data), this.delayMs);
      else this.#come(data);
    });
  }

  #come(data: Buffer): void {
    if (this.hung) this.held.push(data);
    else this.#pass(data);
  }

  recover(): void {
    this.hung = false;
    for (const data of this.held.splice(0)) this.#pass(data);
  }
}
