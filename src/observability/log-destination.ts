// Owns where the program's lines go: a file descriptor, written behind the event loop's back from a bounded
// buffer. When its reader is too slow, or its disk full, lines are lost and counted; the service is neither slowed nor ended.
import { type DestinationStream, pino } from 'pino';
import { spelledControls } from './log-controls.js';

export interface LogDestination extends DestinationStream {
  /** Lines lost since it was asked last. */
  takeLost(): number;
  /** Called when there is room again after lines were lost. */
  onRoom(listener: () => void): void;
}

/** How long an exiting process waits for the reader, in ms. */
const EXIT_MS = 1000;
/** How long after a write that failed the next one is tried, in ms. */
const AGAIN_MS = 1000;
const NOTHING = Buffer.alloc(0);

/** `bufferBytes`: how much may wait for the reader of the descriptor. */
export function openDestination(descriptor: number, bufferBytes: number): LogDestination {
  const stream = openStream(descriptor, bufferBytes);
  let lost = 0;
  stream.on('drop', () => {
    lost += 1;
  });
  return {
    write: (line) => {
      writeBytes(stream, Buffer.from(line));
    },
    takeLost: () => {
      const count = lost;
      lost = 0;
      return count;
    },
    onRoom: (listener) => {
      stream.on('drain', () => {
        if (lost > 0) listener();
      });
    },
  };
}

type Stream = ReturnType<typeof pino.destination>;

/** In this mode it takes bytes, which its types do not say. */
function writeBytes(stream: Stream, bytes: Buffer): void {
  (stream.write as unknown as (bytes: Buffer) => boolean).call(stream, bytes);
}

/** A stream that tries a write that failed again, and ends with the process. */
function openStream(descriptor: number, bufferBytes: number): Stream {
  let patience = Number.POSITIVE_INFINITY;
  const stream = pino.destination({
    dest: descriptor,
    sync: false,
    // Of texts it would count the bytes of all that it gathered anew with every line.
    contentMode: 'buffer',
    maxLength: bufferBytes,
    retryEAGAIN: () => performance.now() < patience,
  });
  let isFailing = false;
  let again: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(again);
    stream.destroy();
  };
  stream.on('write', () => {
    isFailing = false;
  });
  stream.on('error', () => {
    isFailing = true;
    clearTimeout(again);
    // Nothing but another write makes it try what waits: its own flush() does nothing where nothing is gathered.
    again = setTimeout(() => writeBytes(stream, NOTHING), AGAIN_MS);
    again.unref();
  });
  // Called when the process exits, after an uncaught exception too: a reader that does not read must not
  // keep it, and what it did not take is lost.
  const flush = stream.flushSync.bind(stream);
  stream.flushSync = () => {
    // It would be tried for ever.
    if (isFailing) return end();
    patience = performance.now() + EXIT_MS;
    try {
      flush();
    } catch {
      end();
    }
  };
  return stream;
}

/** Lines for a person, into another destination; in colour where a terminal has them. */
export async function prettyInto(
  inner: LogDestination,
  colours: 'coloured' | 'plain',
): Promise<LogDestination> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    messageKey: 'message',
    levelKey: 'severity',
    errorLikeObjectKeys: ['error'],
    colorize: colours === 'coloured',
    customLevels: 'debug:20,info:30,warning:40,error:50,critical:60',
    customColors: 'debug:blue,info:green,warning:yellow,error:red,critical:bgRed',
    useOnlyCustomProps: true,
  });
  return {
    ...inner,
    write: (line) => {
      const text = pretty(spelledControls(line));
      if (text !== undefined) inner.write(text);
    },
  };
}
