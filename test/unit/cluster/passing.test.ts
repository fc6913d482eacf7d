// What becomes of a call for the leader, whatever leaders come and go: it is done once where once is what was asked, and
// whoever is told that it failed is told whether it may have been done.
import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { type LeaderWay, Passing } from '../../../src/cluster/passing.js';
import { type DtmsError, leadLost, notLeading, tradeNotFound } from '../../../src/errors/errors.js';
import { Call } from '../../../src/interceptors/call.js';
import { createLogger } from '../../../src/observability/logger.js';
import { CONTRACT } from '../../support/grpc.js';
import { ScriptedSink } from '../../support/scripted-sink.js';
import '../../support/properties.js';

const SILENT = createLogger('silent');
/** Of a call that no leader ends. */
const PATIENCE_MS = 60;
/** Of a call that one ends, however busy this machine is. */
const LONG_MS = 60_000;

/** What the next leader does with a call. */
type Deed =
  /** Does it and answers. */
  | 'answers'
  /** Does not lead any more, and has not begun. */
  | 'does not lead'
  /** Did it, and went away before it answered. */
  | 'does it and is lost'
  /** Went away before it did anything. */
  | 'is lost before'
  /** Refuses it. */
  | 'refuses';

const DEEDS: readonly Deed[] = [
  'answers',
  'does not lead',
  'does it and is lost',
  'is lost before',
  'refuses',
];

/** After these a call that may be repeated is over. */
const ENDS: readonly Deed[] = ['answers', 'refuses'];

class Leaders {
  readonly isHere = false;
  done = 0;
  calls = 0;
  /** Whether one went away. */
  lost = false;
  readonly patienceMs: number;
  readonly #deeds: Deed[];

  constructor(deeds: readonly Deed[]) {
    this.#deeds = [...deeds];
    this.patienceMs = deeds.some((deed) => ENDS.includes(deed)) ? LONG_MS : PATIENCE_MS;
  }

  /** While there are leaders to come. */
  get link(): LeaderWay | undefined {
    if (this.#deeds.length === 0) return undefined;
    const stream = () => Promise.reject(new Error('no stream is opened in this test'));
    return { unary: () => this.#act(), serverStream: stream, duplex: stream };
  }

  look(): Promise<void> {
    return Promise.resolve();
  }

  passed(): void {
    this.calls += 1;
  }

  async #act(): Promise<Buffer> {
    const deed = this.#deeds.shift();
    if (deed === 'answers' || deed === 'does it and is lost') this.done += 1;
    if (deed === 'answers') return Buffer.from('answer');
    if (deed === 'refuses') throw tradeNotFound('demo', 1n);
    this.lost ||= deed !== 'does not lead';
    throw deed === 'does not lead' ? notLeading() : leadLost(undefined);
  }
}

function called(path: string): Call {
  const transport = {
    cancelled: false,
    metadata: new Metadata(),
    getPeer: () => '10.0.0.1:5',
    getDeadline: () => Number.POSITIVE_INFINITY,
    once: () => undefined,
  };
  return new Call({ path, streaming: false }, transport, SILENT);
}

const never = () => Promise.reject(new Error('this server does not lead'));

async function outcome(leaders: Leaders, path: string, requestId: string): Promise<string> {
  const passing = new Passing(leaders, CONTRACT, leaders.patienceMs);
  const request = { bytes: Buffer.alloc(0), message: { requestId } };
  return passing.unary(called(path), request, notLeading(), never).then(String, (error: DtmsError) => {
    const { outcome: known = '' } = error.metadata;
    return `${ErrorReason[error.reason]} ${known}`.trim();
  });
}

const READ = '/dtms.v1.TradeService/GetTrade';
const WRITE = '/dtms.v1.TradeService/CloseTrade';
const deeds = fc.array(fc.constantFrom(...DEEDS), { maxLength: 4 });

/** What is told, by what the leaders do: the first that ends it; without one, how far its patience reached. */
function expected(course: readonly Deed[], repeats: 'repeats' | 'once', { lost }: Leaders): string {
  const end = course.find((deed) => ENDS.includes(deed) || (repeats === 'once' && deed !== 'does not lead'));
  if (end === 'answers') return 'answer';
  if (end === 'refuses') return 'TRADE_NOT_FOUND';
  return `LEADER_UNREACHABLE ${lost ? 'unknown' : 'not_written'}`;
}

test('a change without a request_id is done at most once; "not_written" is never said of one that was done', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (course) => {
      const leaders = new Leaders(course);
      const told = await outcome(leaders, WRITE, '');
      expect(told).toBe(expected(course, 'once', leaders));
      expect(leaders.done).toBeLessThanOrEqual(1);
      if (told.endsWith('not_written') || told === 'TRADE_NOT_FOUND') expect(leaders.done).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('a read, and a change with a request_id, is tried at every leader until one answers', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, fc.boolean(), async (course, reads) => {
      const leaders = new Leaders(course);
      const told = reads ? await outcome(leaders, READ, '') : await outcome(leaders, WRITE, 'an-id');
      expect(told).toBe(expected(course, 'repeats', leaders));
    }),
    { numRuns: 30 },
  );
});

test('what failed for another reason is not passed on', async () => {
  const leaders = new Leaders(['answers']);
  const passing = new Passing(leaders, CONTRACT, PATIENCE_MS);
  const request = { bytes: Buffer.alloc(0), message: {} };
  const failure = tradeNotFound('demo', 1n);
  await expect(passing.unary(called(READ), request, failure, never)).rejects.toBe(failure);
  expect(leaders.calls).toBe(0);
});

test('a call is done here once this server leads', async () => {
  const leaders = { isHere: false, link: undefined, look: () => Promise.resolve(), passed: () => undefined };
  const passing = new Passing(leaders, CONTRACT, LONG_MS);
  const answer = passing.unary(
    called(WRITE),
    { bytes: Buffer.alloc(0), message: { requestId: '' } },
    notLeading(),
    () => Promise.resolve(Buffer.from('here')),
  );
  leaders.isHere = true;
  expect(String(await answer)).toBe('here');
});

test('a stream that has begun does not begin again: its caller goes on from where it was', async () => {
  const passing = new Passing(new Leaders(['answers']), CONTRACT, PATIENCE_MS);
  const sink = new ScriptedSink();
  const begun = passing.serverStream(called(WRITE), Buffer.alloc(0), sink, async (to) => {
    to.write(Buffer.from('first'));
    throw notLeading();
  });
  await expect(begun).rejects.toMatchObject({
    reason: ErrorReason.LEADER_UNREACHABLE,
    metadata: { outcome: 'unknown' },
  });
  expect(sink.frames).toHaveLength(1);
});

describe('at a leader that loses every call', () => {
  /** Attempts after which it answers all the same: a search without an end fails its test, and ends. */
  const ENOUGH = 100;

  function losing(then: () => void = () => undefined) {
    let calls = 0;
    const lose = (): Promise<never> => {
      calls += 1;
      then();
      if (calls >= ENOUGH) return Promise.reject(tradeNotFound('demo', 1n));
      return Promise.reject(leadLost(undefined));
    };
    const link: LeaderWay = { unary: lose, serverStream: lose, duplex: lose };
    return {
      route: { isHere: false, link, look: () => Promise.resolve(), passed: () => undefined },
      get calls() {
        return calls;
      },
    };
  }

  const read = { bytes: Buffer.alloc(0), message: {} };

  test('a read ends with its patience', async () => {
    const leader = losing();
    const passing = new Passing(leader.route, CONTRACT, PATIENCE_MS);
    await expect(passing.unary(called(READ), read, notLeading(), never)).rejects.toMatchObject({
      reason: ErrorReason.LEADER_UNREACHABLE,
      metadata: { outcome: 'unknown' },
    });
    expect(leader.calls).toBeLessThan(ENOUGH);
  });

  test.each(['unary', 'serverStream'] as const)(
    'a call that its caller left is not repeated: %s',
    async (kind) => {
      const call = called(READ);
      const leader = losing(() => call.end(notLeading()));
      const passing = new Passing(leader.route, CONTRACT, LONG_MS);
      const lost = () => Promise.reject(notLeading());
      const passed =
        kind === 'unary'
          ? passing.unary(call, read, notLeading(), never)
          : passing.serverStream(call, read.bytes, new ScriptedSink(), lost);
      await expect(passed).rejects.toMatchObject({ reason: ErrorReason.LEADER_UNREACHABLE });
      expect(leader.calls).toBe(1);
    },
  );
});
