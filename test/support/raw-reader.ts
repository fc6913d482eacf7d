// A gRPC caller over bare HTTP/2 that does not read what it asked for: grpc-js clients always read.
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';

export interface RawReader {
  readonly stream: ClientHttp2Stream;
  readonly session: ClientHttp2Session;
  close(): void;
}

/** Opens a call and sends one message and the end of requests, or neither; the answer is left unread. */
export function openRaw(address: string, path: string, message: Uint8Array | null): RawReader {
  const session = connect(`http://${address}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
  });
  stream.on('error', () => undefined);
  stream.pause();
  if (message !== null) stream.end(framed(message));
  return { stream, session, close: () => session.destroy() };
}

/** A message as gRPC frames it: not compressed, and its length. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
