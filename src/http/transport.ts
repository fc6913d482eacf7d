// Owns an HTTP request as the chain sees a call: its headers as metadata, its caller's address, its
// deadline, and whether its caller is still there.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Metadata } from '@grpc/grpc-js';
import { CORRELATION_KEY } from '../errors/status.js';
import type { Transport } from '../interceptors/call.js';
import { correlationIdOf } from '../interceptors/correlation.js';

/** How long the caller waits, in milliseconds; the counterpart of grpc-timeout. */
const TIMEOUT_KEY = 'x-timeout-ms';

/** What gRPC allows in metadata; other headers are nobody's business. */
const KEY = /^[0-9a-z_.-]+$/;
const VALUE = /^[ -~]*$/;

/** Headers of the connection and the body, and what browsers send by themselves. */
const NOT_METADATA: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
]);

const known = new WeakMap<IncomingMessage, Metadata>();

/** The headers as metadata, made once per request. Binary metadata has no counterpart in HTTP. */
export function metadataOf(request: IncomingMessage): Metadata {
  const metadata = known.get(request) ?? read(request);
  known.set(request, metadata);
  return metadata;
}

/** What a request and its answer are found by. */
export function correlationOf(request: IncomingMessage): string {
  return String(metadataOf(request).get(CORRELATION_KEY)[0]);
}

function read(request: IncomingMessage): Metadata {
  const metadata = new Metadata();
  for (const [key, values = []] of Object.entries(request.headersDistinct)) {
    if (NOT_METADATA.has(key) || key.endsWith('-bin') || !KEY.test(key)) continue;
    for (const value of values) if (VALUE.test(value)) metadata.add(key, value);
  }
  // Settled once, so that every answer of this request carries the same.
  metadata.set(CORRELATION_KEY, correlationIdOf(metadata));
  return metadata;
}

/** When the caller gives up, in ms since 1970; Infinity when it does not say so in whole milliseconds. */
function deadlineOf(metadata: Metadata): number {
  const [given] = metadata.get(TIMEOUT_KEY);
  return typeof given === 'string' && /^\d{1,12}$/.test(given)
    ? Date.now() + Number(given)
    : Number.POSITIVE_INFINITY;
}

/** Timers cannot be set to more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const calls = new WeakSet<IncomingMessage>();

/** Whether a request has become a call of a method. */
export function isCall(request: IncomingMessage): boolean {
  return calls.has(request);
}

export class HttpTransport implements Transport {
  readonly via = 'http';
  readonly metadata: Metadata;
  readonly #peer: string;
  readonly #deadline: number;
  readonly #listeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #cancelled = false;
  #late = false;

  constructor(request: IncomingMessage, response: ServerResponse) {
    const { remoteAddress, remotePort } = request.socket;
    calls.add(request);
    this.metadata = metadataOf(request);
    this.#peer = `${remoteAddress}:${remotePort}`;
    this.#deadline = deadlineOf(this.metadata);
    if (Number.isFinite(this.#deadline)) this.#wait();
    // It comes after a complete answer too: the call knows by then that it is done.
    response.once('close', () => {
      clearTimeout(this.#timer);
      this.#cancel();
    });
    if (response.destroyed || request.socket.destroyed) this.#cancelled = true;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** True when it was cancelled by the caller's own deadline, so that the caller may still be listening. */
  get late(): boolean {
    return this.#late;
  }

  getPeer(): string {
    return this.#peer;
  }

  getDeadline(): number {
    return this.#deadline;
  }

  once(_event: 'cancelled', listener: () => void): void {
    this.#listeners.push(listener);
  }

  #wait(): void {
    const left = Math.min(MAX_TIMER_MS, Math.max(0, this.#deadline - Date.now()));
    this.#timer = setTimeout(() => {
      this.#late = true;
      this.#cancel();
    }, left);
    this.#timer.unref();
  }

  #cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

/** A request whose bytes are made when the chain asks for them. */
export class HttpRequestTransport extends HttpTransport {
  readonly #make: () => Buffer;

  constructor(request: IncomingMessage, response: ServerResponse, make: () => Buffer) {
    super(request, response);
    this.#make = make;
  }

  get request(): Buffer {
    return this.#make();
  }
}
