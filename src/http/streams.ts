// Owns streams over HTTP: frames written as their reader takes them, requests read line by line, and how a
// stream begins and ends.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DescMessage } from '@bufbuild/protobuf';
import type { StatusObject } from '@grpc/grpc-js';
import { deadlineExceeded, invalidField } from '../errors/errors.js';
import { type HttpFailure, httpFailure, httpFailureOf } from '../errors/json.js';
import type { StreamPort } from '../interceptors/procedure.js';
import { type FrameStream, StreamSink } from '../watch/frame-sink.js';
import type { FrameTexts } from './frame-texts.js';
import type { StreamFormat } from './stream-formats.js';
import { correlationOf, type HttpTransport } from './transport.js';

/** A stream that has nothing to say yet is answered after this long, so that its caller knows it is open. */
const HEAD_MS = 1000;

/** Blank lines and ends of lines, which cost a reader a line each. */
const NEWLINE = 0x0a;

export interface StreamParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What every answer has, by name. */
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>;
  readonly format: StreamFormat;
  readonly output: DescMessage;
  readonly frames: FrameTexts;
}

/**
 * The port of a stream. The answer's head waits for the first frame: what is refused before it gets the
 * HTTP status of its error, and what fails after it is the last frame.
 */
export function streamPort<T extends HttpTransport>(transport: T, parts: StreamParts): StreamPort<T> {
  const answer = new StreamAnswer(transport, parts);
  transport.once('cancelled', () => {
    if (transport.late) answer.fail(httpFailureOf(deadlineExceeded(), correlationOf(parts.request)));
  });
  return {
    transport,
    sink: new StreamSink(answer),
    open: () => answer.openSoon(),
    close: (_call, failure: StatusObject | undefined) => {
      if (failure === undefined) answer.end();
      else answer.fail(httpFailure(failure));
    },
  };
}

class StreamAnswer implements FrameStream {
  readonly #transport: HttpTransport;
  readonly #parts: StreamParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(transport: HttpTransport, parts: StreamParts) {
    this.#transport = transport;
    this.#parts = parts;
    parts.response.once('close', () => clearTimeout(this.#timer));
  }

  get cancelled(): boolean {
    return this.#transport.cancelled;
  }

  get writableNeedDrain(): boolean {
    return this.#parts.response.writableNeedDrain;
  }

  on(event: 'cancelled' | 'drain', listener: () => void): void {
    if (event === 'cancelled') this.#transport.once('cancelled', listener);
    else this.#parts.response.on('drain', listener);
  }

  write(frame: Buffer, taken: () => void): void {
    const { response, format, output, frames } = this.#parts;
    const text = frames.of(format, output, frame);
    this.#begin();
    response.write(text, () => taken());
  }

  openSoon(): void {
    this.#timer = setTimeout(() => this.#begin(), HEAD_MS);
    this.#timer.unref();
  }

  end(): void {
    this.#begin();
    this.#parts.response.end();
  }

  fail({ status, headers, body }: HttpFailure): void {
    const { response, format } = this.#parts;
    clearTimeout(this.#timer);
    if (response.writableEnded) return;
    if (response.headersSent) {
      response.end(format.failure(body));
      return;
    }
    response.writeHead(status, {
      ...this.#parts.headers,
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      ...this.#unread(),
    });
    response.end(JSON.stringify(body));
  }

  #begin(): void {
    const { response, format, headers } = this.#parts;
    clearTimeout(this.#timer);
    if (response.headersSent || response.writableEnded) return;
    response.writeHead(200, {
      ...headers,
      'content-type': format.contentType,
      // A proxy that gathers would hold back what is to be known now.
      'x-accel-buffering': 'no',
      ...this.#unread(),
    });
    // Also when it is empty: the head is sent now.
    response.flushHeaders();
    if (format.prelude !== '') response.write(format.prelude);
  }

  /** A connection whose request is not read to its end cannot take another. */
  #unread(): Readonly<Record<string, string>> {
    return this.#parts.request.complete ? {} : { connection: 'close' };
  }
}

/**
 * The lines of a request's body, as they come, without blank ones.
 *
 * @throws DtmsError INVALID_FIELD for a line of more bytes than that.
 */
export async function* linesOf(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  // Its end is not the connection's: there is an answer to send.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    let rest: Buffer = chunk;
    for (let at = rest.indexOf(NEWLINE); at !== -1; at = rest.indexOf(NEWLINE)) {
      const line = Buffer.concat([...parts, rest.subarray(0, at)]);
      parts = [];
      size = 0;
      rest = rest.subarray(at + 1);
      check(line.length, maxBytes);
      if (!isBlank(line)) yield line;
    }
    size += rest.length;
    check(size, maxBytes);
    if (rest.length > 0) parts.push(rest);
  }
  const last = Buffer.concat(parts);
  if (!isBlank(last)) yield last;
}

function check(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw invalidField('', `a line has more than ${maxBytes} bytes`);
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x0d || byte === 0x20 || byte === 0x09);
}
