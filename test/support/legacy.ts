// Requests as the old callers make them.
import { Direction } from '../../src/client/index.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A GET, or with a body a POST; a text is sent as it is. The answer must be JSON. */
export async function send(
  http: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const init: RequestInit = { headers };
  if (body !== undefined) {
    init.method = 'POST';
    init.headers = { 'content-type': 'application/json', ...headers };
    init.body = typeof body === 'string' ? body : JSON.stringify(body);
  }
  const response = await fetch(`http://${http}${path}`, init);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** A registration as old callers send it. */
export const enabling = (more: object = {}) => ({
  ticket: 1,
  symbol: 'EURUSDm',
  direction: 'BUY',
  entry: 1.1,
  volume: 0.5,
  stop_loss: 1.09,
  take_profit: 1.2,
  ...more,
});

/** The same trade for a client of today. */
export const spec = (account: string, ticket: number | bigint) => ({
  account,
  ticket: BigInt(ticket),
  symbol: 'EURUSDm',
  direction: Direction.BUY,
  entryPrice: 1.1,
  volume: 0.5,
  stopLoss: 1.09,
});
