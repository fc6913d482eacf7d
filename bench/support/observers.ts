// Those who look at a server over HTTP while it is measured: a scraper of its metrics and a reader of its
// status, both once a second, and one page that follows all trades live.
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';

/** What a server without metrics writes when it starts. */
export const UNOBSERVED = 'metrics are left out';

const EVERY_MS = 1000;

/** Who looks: those who ask every second, or a page that follows as well. */
export type Looking = 'asking' | 'asking and following';

export class Observers {
  readonly #address: string;
  #timer: NodeJS.Timeout | undefined;
  #page: ClientRequest | undefined;
  #asked: Promise<unknown>[] = [];
  #failure: unknown;
  #scrapes = 0;
  #pageBytes = 0;

  /** @param address - host:port of the HTTP server */
  constructor(address: string) {
    this.#address = address;
  }

  /** How often they scraped, and what the page was sent so far. */
  get seen(): { readonly scrapes: number; readonly pageBytes: number } {
    return { scrapes: this.#scrapes, pageBytes: this.#pageBytes };
  }

  /** Begins to look; the page's stream is open when it resolves. */
  async start(looking: Looking): Promise<void> {
    if (looking === 'asking and following') await this.#follow();
    const look = () => {
      const asked = Promise.all([this.scrape(), this.#text('/v1/dtms/status')]);
      this.#asked.push(
        asked.catch((error: unknown) => {
          this.#failure ??= error;
        }),
      );
    };
    look();
    this.#timer = setInterval(look, EVERY_MS);
  }

  async #follow(): Promise<void> {
    const page = get(`http://${this.#address}/v1/dtms/trades:watch`, {
      headers: { accept: 'text/event-stream' },
    });
    this.#page = page;
    const [stream] = (await once(page, 'response')) as [IncomingMessage];
    if (stream.statusCode !== 200) throw new Error(`the watch was answered ${stream.statusCode}`);
    // As a browser does it: what comes is taken at once.
    stream.on('data', (chunk: Buffer) => {
      this.#pageBytes += chunk.length;
    });
    stream.on('error', () => undefined);
    page.on('error', () => undefined);
  }

  /** Ends looking. @throws Error when a scrape or a status was not answered */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#page?.destroy();
    const asked = this.#asked;
    this.#asked = [];
    await Promise.all(asked);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The metrics as text. */
  async scrape(): Promise<string> {
    const text = await this.#text('/metrics');
    this.#scrapes += 1;
    return text;
  }

  async #text(path: string): Promise<string> {
    const response = await fetch(`http://${this.#address}${path}`);
    if (!response.ok) throw new Error(`${path} was answered ${response.status}`);
    return response.text();
  }
}
