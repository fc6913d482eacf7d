// A gRPC caller over bare HTTP/2 that does not read what it asked for: grpc-js clients always read.
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';

export interface RawReader {
  /** Lets the answer flow; resolves to nothing, read `stream`. */
  readonly stream: ClientHttp2Stream;
  readonly session: ClientHttp2Session;
  close(): void;
}

/** Opens a call and sends one message, or none; the answer is left unread. */
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
  if (message !== null) {
    const frame = Buffer.alloc(5 + message.length);
    frame.writeUInt32BE(message.length, 1);
    frame.set(message, 5);
    stream.end(frame);
  }
  return { stream, session, close: () => session.destroy() };
}
