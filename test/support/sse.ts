// A reader of Server-Sent Events for tests, as a browser reads them: the events, and the last id to go on from.
import { createParser, type EventSourceMessage } from 'eventsource-parser';

export class SseReader {
  readonly #abort = new AbortController();
  readonly #events: EventSourceMessage[] = [];
  #wake: () => void = () => undefined;
  #taken = 0;
  #ended = false;
  lastEventId: string | undefined;
  status = 0;

  /** Opens a stream. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<SseReader> {
    const reader = new SseReader();
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: reader.#abort.signal,
    });
    reader.status = response.status;
    void reader.#read(response).catch(() => undefined);
    return reader;
  }

  /** The next event; undefined when the stream ended. */
  async next(): Promise<EventSourceMessage | undefined> {
    for (;;) {
      const event = this.#events[this.#taken];
      if (event !== undefined) {
        this.#taken += 1;
        if (event.id !== undefined) this.lastEventId = event.id;
        return event;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    const parser = createParser({
      onEvent: (event) => {
        this.#events.push(event);
        this.#wake();
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
    } finally {
      this.#ended = true;
      this.#wake();
    }
  }
}
