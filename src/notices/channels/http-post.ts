// Owns one try over HTTP: a POST that follows no redirect, waits no longer than it may, and reads no more of an answer than
// it says why.
import type { TryOutcome } from '../../domain/notices/retries.js';
import { inBackground, over } from '../../observability/background.js';

export interface Posting {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** So much of an answer is read. */
const MOST_READ = 2048;
/** Answers that say "not now": too early, too slow, too many. */
const NOT_NOW = new Set([408, 425, 429]);

/** @param signal - ends the try. Never rejects. */
export async function post({ url, headers, body }: Posting, signal: AbortSignal): Promise<TryOutcome> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'dtms', ...headers },
      body,
      // Where it points may be inside our own network.
      redirect: 'manual',
      signal,
    });
    if (answer.ok) {
      // It was taken: how slowly, or endlessly, more is said changes nothing.
      inBackground(over(answer.body?.cancel() ?? Promise.resolve()));
      return { result: 'delivered' };
    }
    const text = await beginningOf(answer);
    const reason = `${answer.status} ${text}`;
    if (answer.status < 500 && !NOT_NOW.has(answer.status)) return { result: 'refused', reason };
    return { result: 'failed', reason, retryAfterMs: retryAfterOf(answer.headers, text) };
  } catch (error) {
    return { result: 'failed', reason: causeOf(error), retryAfterMs: null };
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk));
    read += chunk.byteLength;
    if (read >= MOST_READ) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, MOST_READ);
}

/** How long to wait, in ms: seconds or a date in the header; Telegram says it in its answer alone. */
function retryAfterOf(headers: Headers, text: string): number | null {
  const header = headers.get('retry-after') ?? /"retry_after":\s*([\d.]+)/.exec(text)?.[1] ?? '';
  if (/^\d+(\.\d+)?$/.test(header)) return Math.ceil(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** Why nothing was answered. The URL is not in it: it may be a secret. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  const code: unknown = Reflect.get(Object(cause), 'code');
  return typeof code === 'string' ? code : error.message;
}
