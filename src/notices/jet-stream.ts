// Owns what the stream of the log asks of NATS JetStream: a stream that takes its subjects, and each message taken before the
// next. Whatever goes wrong fails what was asked and ends the connection, and nothing else.
import { randomUUID } from 'node:crypto';
import { guarded } from '../observability/background.js';
import { NatsLine } from '../store/nats-line.js';

export interface JetMessage {
  readonly subject: string;
  /** Of two messages with the same one JetStream keeps the first. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** Who waits for an answer. */
interface Asked {
  answer(answer: unknown): void;
  fail(error: Error): void;
}

/** The field of an answer of JetStream; undefined where it has none. */
const fieldOf = (answer: unknown, field: string): unknown => Reflect.get(Object(answer), field);

export class JetStream {
  readonly #line: NatsLine;
  readonly #timeoutMs: number;
  readonly #inbox = `_INBOX.${randomUUID()}`;
  readonly #asked = new Map<string, Asked>();
  #number = 0;
  #failure: Error | undefined;

  private constructor(server: URL, timeoutMs: number, up: (failure: Error | undefined) => void) {
    this.#timeoutMs = timeoutMs;
    this.#line = new NatsLine(server, `${this.#inbox}.*`, {
      up: () => up(undefined),
      heard: (payload, subject) => this.#heard(subject, payload),
      down: (error) => {
        this.#failure = error;
        up(error);
        for (const { fail } of this.#asked.values()) fail(error);
      },
    });
  }

  /** A connection that is up. @throws Error why there is none */
  static async connect(server: URL, timeoutMs: number): Promise<JetStream> {
    let up: (failure: Error | undefined) => void = () => undefined;
    const isUp = new Promise<Error | undefined>((resolve) => {
      up = resolve;
    });
    const made = new JetStream(server, timeoutMs, up);
    const failure = await isUp;
    if (failure !== undefined) throw failure;
    return made;
  }

  /** Whether it is of no use any more. */
  get isOver(): boolean {
    return this.#failure !== undefined;
  }

  close(): void {
    this.#line.close();
  }

  /** Where the server has no stream that takes these subjects, one is made. @throws Error */
  async ensure(name: string, subjects: string): Promise<void> {
    const known = fieldOf(await this.#ask('$JS.API.STREAM.NAMES', { subject: subjects }), 'streams');
    if (Array.isArray(known) && known.length > 0) return;
    await this.#ask(`$JS.API.STREAM.CREATE.${name}`, { name, subjects: [subjects] });
  }

  /** Resolves once a stream has it. @throws Error also where it may have it: told again under its id, it is kept once */
  async publish({ subject, id, body }: JetMessage): Promise<void> {
    const heads = { 'Nats-Msg-Id': id, 'Content-Type': 'application/json' };
    const taken = await this.#request(subject, body, heads);
    if (typeof fieldOf(taken, 'stream') !== 'string') throw new Error('no stream took the message');
  }

  #ask(subject: string, question: object): Promise<unknown> {
    return this.#request(subject, JSON.stringify(question), {});
  }

  async #request(subject: string, body: string, heads: Readonly<Record<string, string>>): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#number += 1;
    const reply = `${this.#inbox}.${this.#number}`;
    let late: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<unknown>((resolve, reject) => {
        const miss = () => reject(new Error(`NATS does not answer within ${this.#timeoutMs} ms`));
        late = setTimeout(guarded(miss, reject), this.#timeoutMs);
        this.#asked.set(reply, { answer: resolve, fail: reject });
        this.#line.ask(subject, reply, heads, body);
      });
      const refusal = fieldOf(answer, 'error');
      if (refusal === undefined) return answer;
      throw new Error(`JetStream refuses: ${fieldOf(refusal, 'description')}`);
    } finally {
      clearTimeout(late);
      this.#asked.delete(reply);
    }
  }

  #heard(subject: string, payload: string): void {
    const asked = this.#asked.get(subject);
    if (asked === undefined) return;
    // What nobody takes is answered without words.
    if (payload === '')
      asked.fail(new Error('nobody takes it: JetStream is off, or no stream has the subject'));
    else asked.answer(JSON.parse(payload));
  }
}
