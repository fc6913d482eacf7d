// Owns asking a server over HTTP, with the key and the files for TLS that the other commands have.
import http from 'node:http';
import https from 'node:https';

export interface HttpAccess {
  /** Such as http://127.0.0.1:8001. */
  readonly base: string;
  readonly apiKey: string | undefined;
  /** PEM; null: whom Node trusts. */
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const TIMEOUT_MS = 10_000;
/** Metrics of a busy server are far below. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * @param timeoutMs - for the whole of it: a server that goes on answering is not waited for either.
 * @throws Error when it is not answered in time, or with too much.
 */
export function get(
  { base, apiKey, ca, cert, key }: HttpAccess,
  path: string,
  timeoutMs = TIMEOUT_MS,
): Promise<HttpAnswer> {
  const url = new URL(path, base);
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const signal = AbortSignal.timeout(timeoutMs);
  const options = { headers, ...files, agent: false as const, signal };
  return new Promise((resolve, refuse) => {
    const reject = (error: Error) =>
      refuse(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error);
    const request = (url.protocol === 'https:' ? https : http).get(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > MOST_BYTES) request.destroy(new Error('the answer is too long'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
