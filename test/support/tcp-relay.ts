// A fixed address in front of a server that comes and goes: connections are passed on to wherever it is now.
import { connect, createServer, type Server, type Socket } from 'node:net';

export class TcpRelay {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #target = '';

  private constructor() {
    this.#server = createServer((client) => this.#pass(client));
  }

  /** Listens on a free port of loopback; `to` is host:port. */
  static async open(to: string): Promise<TcpRelay> {
    const relay = new TcpRelay();
    relay.#target = to;
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  /** host:port. */
  get address(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the relay is closed');
    return `127.0.0.1:${address.port}`;
  }

  /** Passes new connections on to another place; host:port. */
  lead(to: string): void {
    this.#target = to;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  #pass(client: Socket): void {
    const [host = '', port = ''] = this.#target.split(':');
    const server = connect(Number(port), host);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
    }
  }
}
