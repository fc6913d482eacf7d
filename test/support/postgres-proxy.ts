// A fault proxy in front of Postgres that understands its protocol: it knows each statement as it passes, and can lose
// it, refuse it, lose its answer, or fall silent, with the connection and the real server behind it.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { fault } from './fault-count.js';

/** What may be done to a statement that passes. */
export const HARMS = ['refused', 'lost', 'answer lost', 'silent'] as const;
export type Harm = (typeof HARMS)[number];

/** A statement on its way to Postgres. */
export interface PassingStatement {
  /** The application_name its connection began with, such as dtms-writer. */
  readonly role: string;
  readonly text: string;
}

/** Says what is done to a statement; it passes when that is null. */
export type Harming = (statement: PassingStatement) => Harm | null;

/** The text of a statement that is none: the beginning of a connection. It is lost, or silence, and nothing else. */
export const CONNECTS = '(connects)';

/** What Postgres itself answers in the place of a refused statement: that its disk is full. */
const REFUSAL = `DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$`;

const TYPE = { query: 0x51, parse: 0x50, bind: 0x42, sync: 0x53, terminate: 0x58, ready: 0x5a } as const;

export class PostgresProxy {
  /** Decides for each statement; null lets all pass. */
  harming: Harming | null = null;
  /** Makes other statements of them, as a control; null leaves them as they are. */
  rewriting: ((text: string) => string) | null = null;
  /** How long statements wait before they pass, in ms. */
  delayMs = 0;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #target: URL;

  private constructor(url: string) {
    this.#target = new URL(url);
    // Small messages are passed on at once: held back until those before are confirmed, each statement would take 40 ms.
    this.#server = createServer({ noDelay: true }, (client) => {
      const { port, hostname: host } = this.#target;
      const link = new Link(this, client, connect({ port: Number(port), host, noDelay: true }));
      this.#links.add(link);
      client.once('close', () => this.#links.delete(link));
    });
  }

  /** Listens on a free port of loopback. @param url - of the database behind it. */
  static async open(url: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(url);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The database's URL, by way of the proxy. */
  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the proxy is closed');
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${address.port}`;
    return url.href;
  }

  /** Ends every connection. */
  cut(): void {
    fault('connections cut');
    for (const link of this.#links) link.cut();
  }

  /** Every connection of now stays open, and nothing passes on it any more. */
  silence(): void {
    fault('connections silent');
    for (const link of this.#links) link.silence();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const link of this.#links) link.cut();
    await closed;
  }
}

/** One connection of a client, and its own to Postgres. */
class Link {
  readonly #proxy: PostgresProxy;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #names = new Map<string, string>();
  #role = '';
  #silent = false;
  /** The answer under way is lost, and the connection with it. */
  #losing = false;

  constructor(proxy: PostgresProxy, client: Socket, server: Socket) {
    this.#proxy = proxy;
    this.#client = client;
    this.#server = server;
    const [asked, answered] = [new Messages('startup'), new Messages('typed')];
    let unit: Buffer[] = [];
    client.on('data', (chunk) => {
      for (const message of asked.take(chunk)) {
        unit.push(message);
        if (asked.isStartup) {
          this.#role = /application_name\0([^\0]*)/.exec(message.toString('latin1'))?.[1] ?? '';
        } else if (!endsUnit(message)) continue;
        const whole = unit;
        unit = [];
        this.#ask(whole, asked.isStartup ? CONNECTS : this.#textOf(whole));
      }
    });
    server.on('data', (chunk) => {
      if (this.#silent) return;
      if (!this.#losing) client.write(chunk);
      for (const message of answered.take(chunk)) if (this.#losing && message[0] === TYPE.ready) this.cut();
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  silence(): void {
    this.#silent = true;
  }

  #ask(unit: readonly Buffer[], text: string | null): void {
    if (this.#silent) return;
    const harm = text === null ? null : (this.#proxy.harming?.({ role: this.#role, text }) ?? null);
    if (harm !== null) fault(`statements ${harm}`);
    if (harm === 'lost') {
      this.cut();
      return;
    }
    if (harm === 'silent') this.silence();
    if (harm === 'answer lost') this.#losing = true;
    const { rewriting } = this.#proxy;
    const sent = rewriting === null ? unit : unit.map((message) => rewritten(message, rewriting));
    const bytes = harm === 'refused' ? simpleQuery(REFUSAL) : Buffer.concat(sent);
    const pass = () => this.#server.destroyed || this.#server.write(bytes);
    if (text !== null && this.#proxy.delayMs > 0) setTimeout(pass, this.#proxy.delayMs);
    else pass();
  }

  /** The statement a unit asks for; null where it asks for none. */
  #textOf(unit: readonly Buffer[]): string | null {
    for (const message of unit) {
      const [first = '', second = ''] = message.subarray(5).toString().split('\0', 2);
      if (message[0] === TYPE.query) return first;
      if (message[0] === TYPE.parse) {
        this.#names.set(first, second);
        return second;
      }
      if (message[0] === TYPE.bind) return this.#names.get(second) ?? '';
    }
    return null;
  }
}

/** After these Postgres answers. Passwords and goodbyes pass as they come. */
function endsUnit(message: Buffer): boolean {
  return message[0] !== TYPE.parse && message[0] !== TYPE.bind && message[0] !== 0x44 && message[0] !== 0x45;
}

function simpleQuery(text: string): Buffer {
  return messageOf(TYPE.query, Buffer.from(`${text}\0`));
}

function messageOf(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** The message with another text where it has one. */
function rewritten(message: Buffer, rewriting: (text: string) => string): Buffer {
  if (message[0] === TYPE.query) return simpleQuery(rewriting(message.subarray(5, -1).toString()));
  if (message[0] !== TYPE.parse) return message;
  const nameEnd = message.indexOf(0, 5) + 1;
  const textEnd = message.indexOf(0, nameEnd);
  const text = Buffer.from(rewriting(message.subarray(nameEnd, textEnd).toString()));
  return messageOf(
    TYPE.parse,
    Buffer.concat([message.subarray(5, nameEnd), text, message.subarray(textEnd)]),
  );
}

/** Cuts a stream of bytes into the protocol's messages. */
class Messages {
  #rest: Buffer = Buffer.alloc(0);
  /** The first message of a client has no type. */
  #startup: 'next' | 'taken' | 'past';

  constructor(begins: 'startup' | 'typed') {
    this.#startup = begins === 'startup' ? 'next' : 'past';
  }

  /** Whether the message given last was the one a connection begins with. */
  get isStartup(): boolean {
    return this.#startup === 'taken';
  }

  *take(chunk: Buffer): Generator<Buffer> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const typed = this.#startup === 'next' ? 0 : 1;
      if (this.#rest.length < typed + 4) return;
      const length = typed + this.#rest.readInt32BE(typed);
      if (this.#rest.length < length) return;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      this.#startup = this.#startup === 'next' ? 'taken' : 'past';
      yield message;
    }
  }
}
