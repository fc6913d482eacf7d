// Watches what an attack does to somebody else: an honest caller in a thread of its own.
import { Worker } from 'node:worker_threads';
import { GetTradeRequest, TradeServiceService } from '../../../gen/ts/dtms/v1/trade_service.js';
import { framed } from '../raw-reader.js';

/** What an honest caller met. */
export interface Series {
  /** Of each call that was answered OK, in ms. */
  readonly latencies: readonly number[];
  readonly failures: readonly string[];
}

export interface Whose {
  readonly account: string;
  readonly ticket: bigint;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Bystander {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Starts reading a trade that exists, again and again. */
  static start(address: string, { account, ticket, headers = {} }: Whose): Bystander {
    const body = framed(GetTradeRequest.encode(GetTradeRequest.fromPartial({ account, ticket })).finish());
    const { path } = TradeServiceService.getTrade;
    const worker = new Worker(new URL('./bystander-worker.mjs', import.meta.url), {
      workerData: { address, path, body, headers, pauseMs: 5 },
    });
    return new Bystander(worker);
  }

  /** What happened since the last mark. */
  mark(): Promise<Series> {
    return this.#ask('mark');
  }

  end(): Promise<Series> {
    return this.#ask('end');
  }

  #ask(message: 'mark' | 'end'): Promise<Series> {
    const answer = new Promise<Series>((resolve, reject) => {
      const arrived = (series: Series) => {
        this.#worker.off('error', reject);
        resolve(series);
      };
      this.#worker.once('message', arrived);
      this.#worker.once('error', reject);
    });
    this.#worker.postMessage(message);
    return answer;
  }
}

/** The latency that `share` of the calls stayed within, in ms; NaN without calls. */
export function quantile({ latencies }: Series, share: number): number {
  const sorted = [...latencies].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
