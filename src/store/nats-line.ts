// Owns one connection to a NATS server, as far as hints and the stream of the log need its protocol: one subject that is heard,
// what is told, and what is asked. Whatever goes wrong ends the connection, and nothing else.
import { connect, isIP, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import { guarded } from '../observability/background.js';

export interface NatsLineEvents {
  /** From now on is heard and told. */
  up(): void;
  heard(payload: string, subject: string): void;
  /** The line is over, once. */
  down(error: Error): void;
}

const DEFAULT_PORT = 4222;
/** Who says nothing for two of them, though asked, is gone. */
const PING_MS = 10_000;
/** How long it may take until it is up. */
const CONNECT_MS = 5000;
/** No hint and no greeting is longer. */
const MOST_BYTES = 1_000_000;
/** What a server has not taken yet; more is not told. */
const MOST_UNSENT = 65_536;
const END = '\r\n';

export class NatsLine {
  readonly #url: URL;
  readonly #subject: string;
  readonly #events: NatsLineEvents;
  #socket: Socket;
  #unread = Buffer.alloc(0);
  #state: 'greeting' | 'asking' | 'up' | 'over' = 'greeting';
  #silent = 0;
  readonly #late: NodeJS.Timeout;
  readonly #ping: NodeJS.Timeout;

  constructor(url: URL, subject: string, events: NatsLineEvents) {
    this.#url = url;
    this.#subject = subject;
    this.#events = events;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    this.#socket = this.#listenTo(connect(url.port === '' ? DEFAULT_PORT : Number(url.port), host));
    const end = (error: unknown) => this.#over(error instanceof Error ? error : new Error(String(error)));
    const late = () => this.#over(new Error('NATS does not answer'));
    this.#late = setTimeout(guarded(late, end), CONNECT_MS);
    this.#ping = setInterval(
      guarded(() => {
        this.#silent += 1;
        if (this.#silent > 2) late();
        else if (this.#state === 'up') this.#socket.write(`PING${END}`);
      }, end),
      PING_MS,
    );
    this.#late.unref();
    this.#ping.unref();
  }

  /** Tells it, unless the line is not up or too much waits: a hint may be lost. */
  tell(payload: string): void {
    if (this.#state !== 'up' || this.#socket.writableLength > MOST_UNSENT) return;
    this.#socket.write(`PUB ${this.#subject} ${Buffer.byteLength(payload)}${END}${payload}${END}`);
  }

  /** Tells a subject what is to be answered to another one. */
  ask(subject: string, reply: string, heads: Readonly<Record<string, string>>, payload: string): void {
    const lines = Object.entries(heads).map(([name, value]) => `${name}: ${value}${END}`);
    const head = `NATS/1.0${END}${lines.join('')}${END}`;
    const size = Buffer.byteLength(head);
    this.#socket.write(
      `HPUB ${subject} ${reply} ${size} ${size + Buffer.byteLength(payload)}${END}${head}${payload}${END}`,
    );
  }

  close(): void {
    this.#over(new Error('closed'));
  }

  #over(error: Error): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    clearTimeout(this.#late);
    clearInterval(this.#ping);
    this.#socket.destroy();
    this.#events.down(error);
  }

  #listenTo(socket: Socket): Socket {
    const failed = (error: unknown) => this.#over(error instanceof Error ? error : new Error(String(error)));
    // For good: what is written after an end fails later.
    socket.on('error', failed);
    socket.on(
      'close',
      guarded(() => failed(new Error('NATS closed the connection')), failed),
    );
    socket.on(
      'data',
      guarded((bytes) => this.#read(bytes), failed),
    );
    return socket;
  }

  #read(bytes: Buffer): void {
    this.#silent = 0;
    this.#unread = Buffer.concat([this.#unread, bytes]);
    if (this.#unread.length > MOST_BYTES) throw new Error('NATS says too much');
    while (this.#state !== 'over') {
      const end = this.#unread.indexOf(END);
      if (end < 0) return;
      const line = this.#unread.toString('utf8', 0, end);
      const rest = this.#unread.subarray(end + END.length);
      const told = messageOf(line);
      if (told !== null && rest.length < told.size + END.length) return;
      this.#unread = told === null ? rest : rest.subarray(told.size + END.length);
      if (told === null) this.#follow(line);
      else this.#events.heard(rest.toString('utf8', told.head, told.size), told.subject);
    }
  }

  #follow(line: string): void {
    if (line.startsWith('INFO ') && this.#state === 'greeting') this.#greeted();
    else if (line === 'PING') this.#socket.write(`PONG${END}`);
    else if (line.startsWith('-ERR')) throw new Error(`NATS refuses: ${line.slice(5)}`);
    else if (line === 'PONG' && this.#state === 'asking') {
      this.#state = 'up';
      clearTimeout(this.#late);
      this.#events.up();
    }
  }

  /** Says who it is, and asks for the subject; the answer to a PING says that all of it was taken. */
  #greeted(): void {
    this.#state = 'asking';
    const { protocol, username, password, hostname } = this.#url;
    if (protocol === 'tls:') {
      const plain = this.#socket;
      plain.removeAllListeners('data');
      const named = isIP(hostname) === 0 ? { servername: hostname } : {};
      this.#socket = this.#listenTo(secure({ socket: plain, host: hostname, ...named }));
    }
    const user =
      username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
    const options = {
      verbose: false,
      pedantic: false,
      lang: 'node',
      version: '1',
      name: 'dtms',
      protocol: 1,
      headers: true,
      no_responders: true,
      ...user,
    };
    this.#socket.write(`CONNECT ${JSON.stringify(options)}${END}SUB ${this.#subject} 1${END}PING${END}`);
  }
}

/** What a line says of the message after it: where its payload begins and ends; null where none comes. */
function messageOf(line: string) {
  const [verb = '', subject = '', ...rest] = line.split(' ');
  if (!/^H?MSG$/i.test(verb)) return null;
  const size = Number(rest.at(-1));
  const head = verb.length === 'MSG'.length ? 0 : Number(rest.at(-2));
  if (!Number.isInteger(size) || !Number.isInteger(head))
    throw new Error('NATS told a message without a size');
  return { subject, head, size };
}
