// HTTP/1.1 written by hand over a socket: what no HTTP library would send, sent at once or a piece at a time.
import { connect, type Socket } from 'node:net';

/** How a connection ended up. */
export interface Spoken {
  /** The status of the first answer; undefined without one. */
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** How many answers came: more than was asked means that one request was taken for two. */
  readonly answers: number;
  /** Whether the server closed the connection. */
  readonly closed: boolean;
}

const ANSWER = /HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n/g;

/** Sends bytes and reads until the server closes, or nothing comes for so long after an answer. Never rejects. */
export function speak(
  address: string,
  bytes: string | Buffer,
  quietMs = 150,
  patienceMs = 20_000,
): Promise<Spoken> {
  const socket = open(address);
  socket.on('connect', () => socket.write(bytes));
  return hear(socket, quietMs, patienceMs);
}

export function open(address: string): Socket {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

/** How long a server may be quiet in the middle of an answer, in ms. An answer to HEAD has a length and no body. */
const MIDDLE_MS = 2000;

function isWhole(chunks: readonly Buffer[]): boolean {
  const text = Buffer.concat(chunks).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return end !== -1 && text.length >= end + 4 + length;
}

/** Reads until the server closes, or is quiet after an answer, or patience ends. */
export function hear(socket: Socket, quietMs: number, patienceMs: number): Promise<Spoken> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    let quiet: NodeJS.Timeout | undefined;
    let closed = false;
    const done = () => {
      clearTimeout(quiet);
      clearTimeout(patience);
      socket.destroy();
      resolve(spokenOf(Buffer.concat(chunks).toString('latin1'), closed));
    };
    const patience = setTimeout(done, patienceMs);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      clearTimeout(quiet);
      // In the middle of an answer a slow machine may be quiet for long.
      quiet = setTimeout(done, isWhole(chunks) ? quietMs : Math.max(quietMs, MIDDLE_MS));
    });
    socket.once('close', () => {
      closed = true;
      done();
    });
  });
}

function spokenOf(text: string, closed: boolean): Spoken {
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text : text.slice(0, end);
  const headers = new Map(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
  );
  const statuses = [...text.matchAll(ANSWER)];
  const first = statuses[0]?.[1];
  return {
    status: first === undefined ? undefined : Number(first),
    headers,
    body: end === -1 ? '' : text.slice(end + 4),
    answers: statuses.length,
    closed,
  };
}

/** A request as text; Host and Connection are there unless given. */
export function requestOf(
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = '',
): Buffer {
  const given = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
  const all = {
    host: '127.0.0.1',
    ...(body.length > 0 ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
    ...given,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
}
