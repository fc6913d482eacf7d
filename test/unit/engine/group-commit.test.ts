// The group commit: whatever becomes of its transactions, every piece of work is answered, and truly.
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GroupCommit, type Receipt } from '../../../src/engine/group-commit.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { FencedError, StoreUnavailableError } from '../../../src/store/errors.js';
import type { LogWriter } from '../../../src/store/log-writer.js';
import type { CommitBatch, StoredBar } from '../../../src/store/types.js';

/** What becomes of a transaction: written, refused, written with its answer lost, or written and not understood here. */
const FATES = ['written', 'refused', 'fenced', 'lost', 'of another head', 'misread'] as const;
type Fate = (typeof FATES)[number];

/** Takes whole batches, each after as many turns as its fate says; remembers those that are in the log. */
class ScriptedWriter implements LogWriter {
  readonly written = new Set<string>();
  readonly #fates: readonly Fate[];
  readonly #turns: number;
  commits = 0;
  /** What was handed over before its turn, and is to be written next as it was. */
  #prepared: { readonly batch: CommitBatch; readonly pieces: number } | null = null;
  early = 0;

  constructor(fates: readonly Fate[], turns: number) {
    this.#fates = fates;
    this.#turns = turns;
  }

  get fate(): Fate {
    return this.#fates[this.commits - 1] ?? 'written';
  }

  prepare(batch: CommitBatch): void {
    expect(this.#prepared).toBeNull();
    this.#prepared = { batch, pieces: batch.audits.length };
    this.early += 1;
  }

  async commit(batch: CommitBatch) {
    const { audits } = batch;
    if (this.#prepared !== null)
      expect([this.#prepared.batch, this.#prepared.pieces]).toEqual([batch, audits.length]);
    this.#prepared = null;
    this.commits += 1;
    const { fate } = this;
    for (let passed = 0; passed < this.#turns; passed += 1) await turn();
    if (fate === 'refused') throw new StoreUnavailableError('no space', 'not_written');
    if (fate === 'fenced') throw new FencedError('another leads');
    for (const { method } of audits) this.written.add(method);
    if (fate === 'lost') throw new Error('Connection terminated unexpectedly');
    return { base: fate === 'of another head' ? 7 : 0, head: 0, now: 0 };
  }
}

interface Course {
  readonly writer: ScriptedWriter;
  readonly acknowledged: readonly string[];
  readonly refused: readonly unknown[];
  readonly failures: readonly Error[];
  readonly pending: number;
}

const START = { head: 0, place: 0, epoch: 1 };

/** So many things with each piece of work make a batch large. */
const LARGE = 300;
const BAR = { time: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 };
const bars = (count: number): StoredBar[] =>
  Array.from({ length: count }, () => ({ feed: 'f', instrument: 'i', timeframe: 'M5', bar: BAR }));

/** Adds a piece of work a turn, with so many bars each, and waits for every answer. */
async function course(
  pieces: number,
  fates: readonly Fate[],
  turns: number,
  size = 0,
  mayCloseEarly = true,
): Promise<Course> {
  const writer = new ScriptedWriter(fates, turns);
  const failures: Error[] = [];
  const commit = new GroupCommit(writer, START, {
    closing: () => undefined,
    mayCloseEarly: () => mayCloseEarly,
    committed: () => {
      if (writer.fate === 'misread') throw new TypeError('a bug in whoever is told');
    },
    failed: (error) => failures.push(error),
  });
  const [acknowledged, refused]: [string[], unknown[]] = [[], []];
  const answers: Promise<unknown>[] = [];
  const add = (name: string): Receipt => {
    const audit = { actor: '', actorId: '', method: name, account: '', ticket: 0n, detail: {} };
    return commit.add({ audits: [audit], bars: bars(size) });
  };
  for (let piece = 0; piece < pieces; piece += 1) {
    const name = `piece ${piece}`;
    try {
      const told = () => acknowledged.push(name);
      answers.push(add(name).durable.then(told, (error) => refused.push(error)));
    } catch (error) {
      refused.push(error);
    }
    await turn();
  }
  await Promise.all(answers);
  await turn();
  return { writer, acknowledged, refused, failures, pending: commit.pending };
}

const fate = fc.constantFrom(...FATES, 'written', 'written', 'written');

test('every piece of work is answered, and what is acknowledged is in the log', async () => {
  const courses = fc.record({
    pieces: fc.integer({ min: 1, max: 12 }),
    turns: fc.nat(3),
    size: fc.constantFrom(0, LARGE / 2, LARGE),
  });
  await fc.assert(
    fc.asyncProperty(courses, fc.array(fate, { maxLength: 6 }), async ({ pieces, turns, size }, fates) => {
      const { writer, acknowledged, refused, failures } = await course(pieces, fates, turns, size);
      expect(acknowledged.length + refused.length).toBe(pieces);
      expect(acknowledged).toEqual(Array.from(acknowledged, (_, index) => `piece ${index}`));
      expect(acknowledged.filter((name) => !writer.written.has(name))).toEqual([]);
      const failed = fates.slice(0, writer.commits).some((each) => each !== 'written');
      expect(failures).toHaveLength(failed ? 1 : 0);
      expect(refused.every(isTyped), String(refused[0])).toBe(true);
    }),
  );
});

test.each(FATES.filter((each) => each !== 'written'))(
  'a first transaction that is %s refuses all of it',
  async (each) => {
    const { acknowledged, refused, failures } = await course(3, [each], 2);
    expect(acknowledged).toEqual([]);
    expect(refused).toHaveLength(3);
    expect(refused.every(isTyped), String(refused[0])).toBe(true);
    expect(failures).toHaveLength(1);
  },
);

test.each([
  {
    what: 'large is closed and handed over while the one before it is written',
    size: LARGE,
    early: true,
    is: true,
  },
  { what: 'small is not', size: 0, early: true, is: false },
  { what: 'large is not where somebody looks at what each changes', size: LARGE, early: false, is: false },
])('what is $what', async ({ size, early, is }) => {
  const { writer, acknowledged } = await course(8, [], 5, size, early);
  expect(acknowledged).toHaveLength(8);
  expect(writer.early > 0).toBe(is);
});

const isTyped = (error: unknown) =>
  error instanceof DtmsError || error instanceof StoreUnavailableError || error instanceof FencedError;

/** Reads a batch only turns after it was handed over, as encoding a large one does. */
class LateReader implements LogWriter {
  readonly read: { readonly pieces: number; readonly snapshot: string | undefined }[] = [];
  #pieces = 0;
  readonly #turns: number;

  #prepared: string | undefined;

  constructor(turns: number) {
    this.#turns = turns;
  }

  prepare({ views }: CommitBatch): void {
    this.#prepared = views[0]?.snapshot;
  }

  async commit({ audits, views }: CommitBatch) {
    expect(this.#prepared ?? views[0]?.snapshot).toBe(views[0]?.snapshot);
    this.#prepared = undefined;
    for (let passed = 0; passed < this.#turns; passed += 1) await turn();
    this.#pieces += audits.length;
    this.read.push({ pieces: this.#pieces, snapshot: views[0]?.snapshot });
    return { base: 0, head: 0, now: 0 };
  }
}

test('a view is written as of its batch, whatever reaches the market before it is read', async () => {
  const sizes = fc.constantFrom(0, LARGE);
  const arbitrary = [fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 5 }), sizes] as const;
  await fc.assert(
    fc.asyncProperty(...arbitrary, async (pieces, turns, size) => {
      const writer = new LateReader(turns);
      const commit = new GroupCommit(writer, START, {
        closing: () => undefined,
        mayCloseEarly: () => true,
        committed: () => undefined,
        failed: () => undefined,
      });
      let data = 0;
      const market = {
        feed: 'default',
        instrument: 'EURUSD',
        symbol: 'EURUSD',
        view: null,
        get snapshot() {
          return String(data);
        },
      };
      for (let piece = 0; piece < pieces; piece += 1) {
        data += 1;
        const audit = { actor: '', actorId: '', method: '', account: '', ticket: 0n, detail: {} };
        commit.add({ audits: [audit], views: [market], bars: bars(size) });
        await turn();
      }
      await commit.settled();
      expect(writer.read.at(-1)?.pieces).toBe(pieces);
      for (const { pieces: written, snapshot } of writer.read) expect(snapshot).toBe(String(written));
    }),
  );
});
