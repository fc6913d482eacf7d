// Readers of the dashboard's first page as the server sees them: each holds the watch of all trades open, and asks for what the
// page shows as often as the page does. No browser, which would take the machine for itself.
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';

interface Asking {
  readonly path: string;
  readonly everyMs: number;
}

/** As src/http/dashboard asks on the page of the fleet: its rights once, the rest every so often. */
const ASKED: readonly Asking[] = [
  { path: '/v1/dtms/alarms', everyMs: 1500 },
  { path: '/v1/dtms/marketdata?pageSize=1000', everyMs: 2000 },
  { path: '/v1/dtms/trades:results?pageSize=1000', everyMs: 5000 },
  { path: '/v1/dtms/trades:stateHistory', everyMs: 20_000 },
  { path: '/v1/dtms/policies', everyMs: 15_000 },
  { path: '/v1/dtms/accounts?pageSize=1000', everyMs: 60_000 },
];
const HEADERS = { 'accept-encoding': 'gzip' };

export class PageReaders {
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #streams: IncomingMessage[] = [];
  #answers = 0;
  #bytes = 0;
  #failure: unknown;

  /** @param address - host:port of the HTTP server */
  constructor(address: string) {
    this.#address = address;
  }

  /** How often they were answered, and the bytes of all that came. */
  get seen(): { readonly answers: number; readonly bytes: number } {
    return { answers: this.#answers, bytes: this.#bytes };
  }

  /** So many open the page, not all at one moment; their streams are open when it resolves. */
  async open(readers: number): Promise<void> {
    await this.#text('/v1/dtms/caller');
    for (let reader = 0; reader < readers; reader += 1) {
      const request = get(`http://${this.#address}/v1/dtms/trades:watch?sendInitialState=true`, {
        headers: { ...HEADERS, accept: 'text/event-stream' },
      });
      request.on('error', () => undefined);
      const [stream] = (await once(request, 'response')) as [IncomingMessage];
      if (stream.statusCode !== 200) throw new Error(`the watch was answered ${stream.statusCode}`);
      this.#streams.push(stream);
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => {
        this.#bytes += chunk.length;
      });
      for (const asking of ASKED) this.#askEvery(asking, reader / readers);
    }
  }

  /** @param part - of its interval, until it begins */
  #askEvery({ path, everyMs }: Asking, part: number): void {
    const ask = () => {
      this.#text(path).catch((error: unknown) => {
        this.#failure ??= error;
      });
    };
    const begin = setTimeout(() => {
      this.#timers.delete(begin);
      ask();
      this.#timers.add(setInterval(ask, everyMs));
    }, part * everyMs);
    this.#timers.add(begin);
  }

  /** @throws Error when one of them was not answered */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const stream of this.#streams) stream.destroy();
    this.#agent.destroy();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #text(path: string): Promise<void> {
    const request = get(`http://${this.#address}${path}`, { agent: this.#agent, headers: HEADERS });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
    });
    await once(answer, 'end');
    if (answer.statusCode !== 200) throw new Error(`${path} was answered ${answer.statusCode}`);
    this.#answers += 1;
  }
}
