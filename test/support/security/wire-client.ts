// A gRPC caller over bare HTTP/2 that sends any bytes and any headers, and tells all of what came back.
// grpc-js clients would refuse to send most of what an attacker sends.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';

/** How a call ended: with a gRPC status, a reset stream, a lost connection, or left by us. */
export type Ending = 'status' | 'reset' | 'lost' | 'left';

export interface Answer {
  readonly ending: Ending;
  /** grpc-status; undefined when the call ended without one. */
  readonly code: number | undefined;
  /** grpc-message, decoded. */
  readonly message: string;
  /** grpc-status-details-bin, decoded from base64. */
  readonly details: Buffer;
  /** x-correlation-id of the headers or the trailers. */
  readonly correlationId: string | undefined;
  /** Headers, then trailers. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** The messages of the answer, each with gRPC's five bytes before it. */
  readonly body: Buffer;
}

export interface WireCall {
  readonly headers?: OutgoingHttpHeaders;
  /** Leaves a call this long after its first headers, in ms: streams do not end by themselves. */
  readonly leaveAfterMs?: number;
  /** Gives a call up that is not answered in this time, in ms: 10 s unless told. */
  readonly patienceMs?: number;
}

/** Node limits what a client may send and hold; an attacker does not. */
const UNLIMITED = { maxSendHeaderBlockLength: 16 * 1024 * 1024, maxSessionMemory: 4000 };

/** One connection at a time; a new one when it was lost. */
export class WireClient {
  readonly #address: string;
  #session: ClientHttp2Session | undefined;
  /** How many connections the server ended. */
  lost = 0;

  /** @param address host:port */
  constructor(address: string) {
    this.#address = address;
  }

  /** Makes a call whose body is these bytes, which include gRPC's framing. Never rejects. */
  call(path: string, body: Uint8Array, options: WireCall = {}): Promise<Answer> {
    const stream = this.#connected().request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...options.headers,
    });
    const answer = collect(stream, options);
    stream.end(body);
    return answer;
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed)
      return this.#session;
    const session = connect(`http://${this.#address}`, UNLIMITED);
    session.on('error', () => undefined);
    session.on('close', () => {
      if (this.#session === session) {
        this.lost += 1;
        this.#session = undefined;
      }
    });
    this.#session = session;
    return session;
  }
}

function collect(stream: ClientHttp2Stream, options: WireCall): Promise<Answer> {
  const headers: IncomingHttpHeaders[] = [];
  const chunks: Buffer[] = [];
  let left = false;
  let leaving: NodeJS.Timeout | undefined;
  const leave = () => {
    left = true;
    stream.close();
  };
  const patience = setTimeout(leave, options.patienceMs ?? 30_000);
  stream.on('response', (received) => {
    headers.push(received);
    if (options.leaveAfterMs !== undefined) leaving = setTimeout(leave, options.leaveAfterMs);
  });
  stream.on('trailers', (received) => headers.push(received));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => undefined);
  return new Promise((resolve) => {
    stream.on('close', () => {
      clearTimeout(patience);
      clearTimeout(leaving);
      resolve(answerOf(headers, Buffer.concat(chunks), left, stream));
    });
  });
}

function answerOf(
  headers: readonly IncomingHttpHeaders[],
  body: Buffer,
  left: boolean,
  stream: ClientHttp2Stream,
): Answer {
  const last = (name: string): string | undefined => {
    for (const received of headers.toReversed()) {
      const value = received[name];
      if (value !== undefined) return String(value);
    }
    return undefined;
  };
  const code = last('grpc-status');
  const lost = stream.session === undefined || stream.session.destroyed;
  const ending = code !== undefined ? 'status' : left ? 'left' : lost ? 'lost' : 'reset';
  return {
    ending,
    code: code === undefined ? undefined : Number(code),
    message: decoded(last('grpc-message') ?? ''),
    details: Buffer.from(last('grpc-status-details-bin') ?? '', 'base64'),
    correlationId: last('x-correlation-id'),
    headers,
    body,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
