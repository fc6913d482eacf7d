// Owns the messages of one connection of a stream that is never silent for long: one that is, is dead.
import type { ClientReadableStream } from '@grpc/grpc-js';
import { callError } from './errors.js';

/** The service is never silent for more than 5 s. */
const SILENCE_MS = 8_000;
const SILENCE_CHECK_MS = 1_000;

/**
 * Messages as they are asked for; nothing is read ahead beyond the transport's window.
 *
 * @throws DtmsCallError when it breaks, CANCELLED when it fell silent; returns when it ends well.
 */
export async function* streamMessages<Message>(
  method: string,
  open: () => ClientReadableStream<Message>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Message, void, undefined> {
  const call = open();
  const abort = () => call.cancel();
  signal?.addEventListener('abort', abort, { once: true });
  // An error event without a listener would end the process; the iterator below reports it.
  call.on('error', () => {});
  let waitingSince: number | null = null;
  const watchdog = setInterval(() => {
    if (waitingSince !== null && performance.now() - waitingSince > SILENCE_MS) call.cancel();
  }, SILENCE_CHECK_MS);
  watchdog.unref();
  const messages = call[Symbol.asyncIterator]() as AsyncIterator<Message, undefined>;
  try {
    for (;;) {
      waitingSince = performance.now();
      const next = await messages.next();
      waitingSince = null;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw callError(method, error);
  } finally {
    clearInterval(watchdog);
    signal?.removeEventListener('abort', abort);
    call.cancel();
  }
}
