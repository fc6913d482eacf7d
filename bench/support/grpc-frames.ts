// gRPC's framing of messages over an HTTP/2 stream: a flag byte, four bytes of length, the message.

const HEADER_BYTES = 5;

/** A message as it travels, not compressed. */
export function frame(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  bytes.writeUInt8(0, 0);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, HEADER_BYTES);
  return bytes;
}

/** Cuts the chunks of one stream into messages. */
export class FrameReader {
  #rest: Buffer | null = null;
  readonly #onMessage: (message: Buffer) => void;

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      this.#onMessage(bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null;
  }
}
