// The group commit: whatever becomes of its transactions, every piece of work is answered, and truly.
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GroupCommit, type Receipt } from '../../../src/engine/group-commit.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { FencedError, StoreUnavailableError } from '../../../src/store/errors.js';
import type { CommitBatch, LogWriter } from '../../../src/store/types.js';

/** What becomes of a transaction: written, refused, written with its answer lost, or written and not understood here. */
const FATES = ['written', 'refused', 'fenced', 'lost', 'of another head', 'misread'] as const;
type Fate = (typeof FATES)[number];

/** Takes whole batches, each after as many turns as its fate says; remembers those that are in the log. */
class ScriptedWriter implements LogWriter {
  readonly written = new Set<string>();
  readonly #fates: readonly Fate[];
  readonly #turns: number;
  commits = 0;

  constructor(fates: readonly Fate[], turns: number) {
    this.#fates = fates;
    this.#turns = turns;
  }

  get fate(): Fate {
    return this.#fates[this.commits - 1] ?? 'written';
  }

  async commit({ audits }: CommitBatch) {
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

/** Adds a piece of work a turn, and waits for every answer. */
async function course(pieces: number, fates: readonly Fate[], turns: number): Promise<Course> {
  const writer = new ScriptedWriter(fates, turns);
  const failures: Error[] = [];
  const commit = new GroupCommit(writer, START, {
    closing: () => undefined,
    committed: () => {
      if (writer.fate === 'misread') throw new TypeError('a bug in whoever is told');
    },
    failed: (error) => failures.push(error),
  });
  const [acknowledged, refused]: [string[], unknown[]] = [[], []];
  const answers: Promise<unknown>[] = [];
  const add = (name: string): Receipt => {
    const audit = { actor: '', actorId: '', method: name, account: '', ticket: 0n, detail: {} };
    return commit.add({ audits: [audit] });
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
  const courses = fc.record({ pieces: fc.integer({ min: 1, max: 12 }), turns: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(courses, fc.array(fate, { maxLength: 6 }), async ({ pieces, turns }, fates) => {
      const { writer, acknowledged, refused, failures } = await course(pieces, fates, turns);
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

const isTyped = (error: unknown) =>
  error instanceof DtmsError || error instanceof StoreUnavailableError || error instanceof FencedError;

/** Reads a batch only turns after it was handed over, as encoding a large one does. */
class LateReader implements LogWriter {
  readonly read: { readonly pieces: number; readonly snapshot: string | undefined }[] = [];
  #pieces = 0;
  readonly #turns: number;

  constructor(turns: number) {
    this.#turns = turns;
  }

  async commit({ audits, views }: CommitBatch) {
    for (let passed = 0; passed < this.#turns; passed += 1) await turn();
    this.#pieces += audits.length;
    this.read.push({ pieces: this.#pieces, snapshot: views[0]?.snapshot });
    return { base: 0, head: 0, now: 0 };
  }
}

test('a view is written as of its batch, whatever reaches the market before it is read', async () => {
  const arbitrary = [fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 5 })] as const;
  await fc.assert(
    fc.asyncProperty(...arbitrary, async (pieces, turns) => {
      const writer = new LateReader(turns);
      const commit = new GroupCommit(writer, START, {
        closing: () => undefined,
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
        commit.add({ audits: [audit], views: [market] });
        await turn();
      }
      await commit.settled();
      expect(writer.read.at(-1)?.pieces).toBe(pieces);
      for (const { pieces: written, snapshot } of writer.read) expect(snapshot).toBe(String(written));
    }),
  );
});
