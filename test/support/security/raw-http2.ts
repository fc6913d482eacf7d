// HTTP/2 written by hand over a socket: what no HTTP/2 library would send.
import { connect, type Socket } from 'node:net';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const HEADER_BYTES = 9;

export const FrameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  resetStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goAway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;

/** A frame with any type, flags, stream and payload. */
export function rawFrame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header as an HPACK literal that is put into the table (0x40) or not (0x00). */
export function literal(name: string, value: string, indexed = 0x00): Buffer {
  return Buffer.concat([Buffer.of(indexed), text(name), text(value)]);
}

function text(value: string): Buffer {
  return Buffer.concat([integer(value.length, 7), Buffer.from(value, 'latin1')]);
}

/** HPACK's integer with a prefix of so many bits; the bits above it are 0. */
function integer(value: number, prefix: number): Buffer {
  const most = 2 ** prefix - 1;
  if (value < most) return Buffer.of(value);
  const bytes = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** The headers of a gRPC call. */
export function callHeaders(path: string, extra: readonly Buffer[] = []): Buffer {
  return Buffer.concat([
    literal(':method', 'POST'),
    literal(':scheme', 'http'),
    literal(':path', path),
    literal(':authority', 'attacker'),
    literal('content-type', 'application/grpc'),
    literal('te', 'trailers'),
    ...extra,
  ]);
}

/** One connection that sends what it is told and counts what comes. */
export class RawConnection {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #gone = false;
  /** The error code of the server's GOAWAY. */
  goAway: number | undefined;
  /** Streams the server has reset. */
  resets = 0;
  /** Frames the server has sent. */
  frames = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#gone = true;
    });
    socket.on('data', (chunk) => this.#read(chunk));
  }

  /** Connects to host:port, and sends the preface and these settings unless told not to speak at all. */
  static open(address: string, greeting: Buffer | null = GREETING): Promise<RawConnection> {
    const at = address.lastIndexOf(':');
    return new Promise((resolve, reject) => {
      const socket = connect(Number(address.slice(at + 1)), address.slice(0, at));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        const connection = new RawConnection(socket);
        if (greeting !== null) socket.write(greeting);
        resolve(connection);
      });
    });
  }

  /** True when the connection has ended. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Sends bytes and waits until the system has taken them; false when the connection has ended. */
  send(bytes: Uint8Array): Promise<boolean> {
    if (this.#gone) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('close', done);
        resolve(!this.#gone);
      };
      this.#socket.once('close', done);
      this.#socket.write(bytes, done);
    });
  }

  /** Stops reading, so that what the server answers piles up on its side. */
  deafen(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** How it stands, in a word or two. */
  get outcome(): string {
    if (this.goAway !== undefined) return `GOAWAY ${this.goAway}`;
    return this.#gone ? 'closed' : 'open';
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUIntBE(0, 3);
      if (bytes.length < end) break;
      this.frames += 1;
      const type = bytes.readUInt8(3);
      if (type === FrameType.resetStream) this.resets += 1;
      if (type === FrameType.goAway) this.goAway = bytes.readUInt32BE(HEADER_BYTES + 4);
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}

export const EMPTY = Buffer.alloc(0);
const GREETING = Buffer.concat([PREFACE, rawFrame(FrameType.settings, 0, 0, EMPTY)]);
