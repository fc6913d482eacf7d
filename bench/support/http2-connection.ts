// A bare HTTP/2 connection over a socket for gRPC calls: just enough of the protocol for a load generator
// that costs a fraction of the server it measures. It grants the server all the flow control there is, and
// stays itself below the smallest window a server may grant.
import { connect, type Socket } from 'node:net';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const FRAME_HEADER_BYTES = 9;
const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const PING = 0x6;
const GOAWAY = 0x7;
const WINDOW_UPDATE = 0x8;
const END_STREAM = 0x1;
const ACK = 0x1;
const END_HEADERS = 0x4;
const PADDED = 0x8;
const LARGEST_WINDOW = 0x7fffffff;
const DEFAULT_WINDOW = 65_535;
/** What a request may carry: below the default window even when several are under way. */
export const LARGEST_REQUEST = 16 * 1024;

/** What becomes of a call. */
export interface CallHandlers {
  /** Bytes of the answer; the buffer is reused after the call. */
  readonly onData: (bytes: Buffer) => void;
  /** The server ended the call. */
  readonly onEnd: () => void;
}

function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** HPACK literals that use no table, so one block serves every call of a method. */
function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => {
    if (value.length > 126) throw new Error(`the header ${value} is too long`);
    return Buffer.concat([Buffer.of(value.length), Buffer.from(value, 'latin1')]);
  };
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

/** The headers of a call, encoded once. */
export function callHeaders(path: string, extra: readonly (readonly [string, string])[] = []): Buffer {
  return headerBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'benchmark'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...extra,
  ]);
}

export class Http2Connection {
  readonly #socket: Socket;
  readonly #calls = new Map<number, CallHandlers>();
  readonly #onBreak: (error: Error) => void;
  #nextStream = 1;
  #received: Buffer = Buffer.alloc(0);
  #outgoing: Buffer[] = [];
  #flushing = false;

  private constructor(socket: Socket, onBreak: (error: Error) => void) {
    this.#socket = socket;
    this.#onBreak = onBreak;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', onBreak);
    socket.on('close', () => {
      if (this.#calls.size > 0) onBreak(new Error('the server closed the connection'));
    });
    socket.write(PREFACE);
    // HEADER_TABLE_SIZE 0, ENABLE_PUSH 0, INITIAL_WINDOW_SIZE as large as it can be.
    const settings = Buffer.alloc(18);
    settings.writeUInt16BE(1, 0);
    settings.writeUInt16BE(2, 6);
    settings.writeUInt16BE(4, 12);
    settings.writeUInt32BE(LARGEST_WINDOW, 14);
    this.#send(frameOf(SETTINGS, 0, 0, settings));
    const window = Buffer.alloc(4);
    window.writeUInt32BE(LARGEST_WINDOW - DEFAULT_WINDOW);
    this.#send(frameOf(WINDOW_UPDATE, 0, 0, window));
  }

  /** Connects to `host:port`. `onBreak` is told when the connection ends while calls are open. */
  static open(address: string, onBreak: (error: Error) => void): Promise<Http2Connection> {
    const at = address.lastIndexOf(':');
    return new Promise((resolve, reject) => {
      const socket = connect(Number(address.slice(at + 1)), address.slice(0, at));
      socket.setNoDelay(true);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new Http2Connection(socket, onBreak));
      });
    });
  }

  /** Makes a call with headers of callHeaders() and a message already framed. */
  call(headers: Buffer, body: Buffer, handlers: CallHandlers): void {
    if (body.length > LARGEST_REQUEST) throw new Error(`a request of ${body.length} bytes is too large`);
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#calls.set(stream, handlers);
    this.#send(frameOf(HEADERS, END_HEADERS, stream, headers));
    this.#send(frameOf(DATA, END_STREAM, stream, body));
  }

  close(): void {
    this.#calls.clear();
    this.#socket.destroy();
  }

  /** What is sent in one turn travels in one write. */
  #send(frame: Buffer): void {
    this.#outgoing.push(frame);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      const bytes = Buffer.concat(this.#outgoing);
      this.#outgoing = [];
      if (!this.#socket.destroyed) this.#socket.write(bytes);
    });
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const type = bytes.readUInt8(at + 3);
      const flags = bytes.readUInt8(at + 4);
      this.#take(type, flags, bytes.readUInt32BE(at + 5), bytes.subarray(at + FRAME_HEADER_BYTES, end));
      at = end;
    }
    this.#received = bytes.subarray(at);
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    switch (type) {
      case DATA:
        if ((flags & PADDED) !== 0) throw new Error('padded frames are not read');
        this.#calls.get(stream)?.onData(payload);
        break;
      case SETTINGS:
        if ((flags & ACK) === 0) this.#send(frameOf(SETTINGS, ACK, 0, Buffer.alloc(0)));
        return;
      case PING:
        if ((flags & ACK) === 0) this.#send(frameOf(PING, ACK, 0, payload));
        return;
      case GOAWAY:
        this.#onBreak(new Error(`the server sent GOAWAY ${payload.readUInt32BE(4)}`));
        return;
      default:
        break;
    }
    const ended = type === RST_STREAM || ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0);
    if (!ended) return;
    const handlers = this.#calls.get(stream);
    this.#calls.delete(stream);
    handlers?.onEnd();
  }
}
