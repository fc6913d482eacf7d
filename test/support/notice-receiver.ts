// A receiver of webhooks over a real socket: it verifies each signature by itself, keeps what came, and answers as it is told.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { freePort } from '../../src/store/embedded/cluster.js';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver answers: a status with headers, or nothing for so long. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Nothing is answered. */
  readonly silent?: true;
}

/** By the specification, and nothing of ours: the key in base64 after whsec_, the content "id.timestamp.body". */
export function isSigned(secret: string, { headers, body }: Received): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .map((each) => each.split(','))
    .some(([version, signature = '']) => {
      const given = Buffer.from(signature, 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}

export class NoticeReceiver {
  readonly port: number;
  readonly received: Received[] = [];
  /** Asked for each request. */
  answer: (request: Received) => Answer = () => ({ status: 200 });
  #server: Server | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  /** A receiver that is down. */
  static async down(): Promise<NoticeReceiver> {
    return new NoticeReceiver(await freePort());
  }

  static async up(): Promise<NoticeReceiver> {
    const receiver = await NoticeReceiver.down();
    await receiver.start();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What came, as JSON. */
  get bodies(): Record<string, unknown>[] {
    return this.received.map(({ body }) => JSON.parse(body));
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url = '', headers } = request;
        const received = { path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
        const { status, headers: told, body = '', silent } = this.answer(received);
        this.received.push(received);
        if (silent === true) return;
        response.writeHead(status, told).end(body);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
