// A recorded market through a real server, its bridge and paper broker, then its journal: it makes the log again byte for
// byte, a journal that was meddled with does not, and another build's rules differ exactly where they decide otherwise.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import { TradeState, TransitionCause } from '../../../gen/ts/dtms/v1/types.js';
import { loadConfig } from '../../../src/config/config.js';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import type { MarketItem } from '../../../src/domain/market/market-item.js';
import type { Rules } from '../../../src/domain/rules.js';
import { reasonName } from '../../../src/errors/errors.js';
import type { JournalSource } from '../../../src/journal/repeat.js';
import { reproduce } from '../../../src/journal/reproduce.js';
import { Shadow, type ShadowDifference } from '../../../src/journal/shadow.js';
import { replay } from '../../../src/replay/driver.js';
import { importBars, type ReplayData, withSpread } from '../../../src/replay/importer.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { ServerTarget } from '../../../src/replay/server-target.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { decodeEntries, encodeEntries, type JournalEntry } from '../../../src/store/bodies/journal.js';
import { JournalTable, type StoredCheckpoint } from '../../../src/store/journal.js';
import type { LogEvent } from '../../../src/store/types.js';
import { startService, type TestService } from '../../support/app.js';
import { CliProcess } from '../../support/cli-process.js';
import { recordGolden } from '../../support/golden-journal.js';
import { tryJournal } from '../../support/journal-law.js';
import { execute } from '../../support/postgres.js';

const RECORDED = join(import.meta.dirname, '../../../../shared/data/btcusd-m15-2025h1.csv');
const BARS = 320;
const TRADES = 12;
const { rules: RULES } = loadConfig({ env: {} });

/** Recorded bars where they are at hand, else made-up ones, which may be kept in the repository. */
function market(): ReplayData {
  if (existsSync(RECORDED) && process.env.DTMS_RECORD_JOURNALS === undefined) {
    const data = withSpread(importBars(RECORDED, 'M15', 'skip'));
    return { ...data, bars: data.bars.slice(0, BARS) };
  }
  const from = Date.UTC(2025, 0, 6);
  return syntheticMarket({ seed: 59, timeframe: 'M15', bars: BARS, from, price: 64_000, digits: 2 });
}

describe('the journal of a market that was recorded', () => {
  let service: TestService;
  let pool: pg.Pool;
  let journal: JournalTable;
  let first: StoredCheckpoint;
  const log: LogEvent[] = [];

  beforeAll(async () => {
    service = await startService({ limits: { mode: 'off' } });
    const data = market();
    const trades = sampleTrades(data, 'BTCUSD', TIMEFRAME_MS[data.timeframe], TRADES);
    await replay(new ServerTarget(service.client, 'journal'), {
      symbol: 'BTCUSD',
      data,
      trades,
      skippedRows: 0,
    });
    pool = new pg.Pool({ connectionString: service.databaseUrl, max: 2 });
    journal = new JournalTable(pool);
    const [checkpoint] = await journal.checkpoints();
    if (checkpoint === undefined) throw new Error('there is no checkpoint');
    first = checkpoint;
    log.push(...(await journal.events(0, 1e6)));
  });
  afterAll(async () => {
    await pool.end();
    await service.end();
  });

  test('makes the log again, byte for byte', async () => {
    const { faults, tried } = await tryJournal(journal);
    await recordGolden('market', journal);
    expect(faults).toEqual([]);
    expect(tried).toMatchObject({ first: 1, events: tried.last, terms: 1, skippedRows: 0 });
    // The service goes on: its sweeps may have added to what was read before.
    expect(tried.last).toBeGreaterThanOrEqual(log.length);
    expect(log.length).toBeGreaterThan(TRADES * 7);
  });

  /** The journal, but for what `meddle` makes of the entries of a row. */
  const meddled = (
    meddle: (entries: readonly JournalEntry[], place: number) => readonly JournalEntry[],
  ): JournalSource => ({
    checkpoints: () => journal.checkpoints(),
    parts: (checkpoint) => journal.parts(checkpoint),
    events: (after, limit) => journal.events(after, limit),
    rows: async (from, limit) =>
      (await journal.rows(from, limit)).map((row) => ({
        ...row,
        entries: encodeEntries(meddle(decodeEntries(row.entries), row.place)).body,
      })),
  });

  /** An entry with each closed price a thousandth higher. */
  const dearer = (told: JournalEntry): JournalEntry => {
    if (told.name !== 'takeMarketItems') return told;
    const [feed, items] = told.args as [string, readonly MarketItem[]];
    const moved = items.map((item) =>
      item.kind === 'bar' ? { ...item, bar: { ...item.bar, close: item.bar.close * 1.001 } } : item,
    );
    return { ...told, args: [feed, moved] };
  };

  test('does not when entries of it are missing or others, and says from where on', async () => {
    const rows = await journal.rows(1, 1e6);
    const middle = rows.find(({ events, place }) => events > 0 && place > rows.length / 2);
    if (middle === undefined) throw new Error('nothing happened in the second half');
    const missing = meddled((entries, place) => (place === middle.place ? [] : entries));
    const { difference } = await reproduce(missing, first, { rules: null });
    expect(difference).toMatchObject({ what: 'not made', revision: middle.base + 1, place: middle.place });
    const others = meddled((entries, place) => (place >= middle.place ? entries.map(dearer) : entries));
    const { difference: other } = await reproduce(others, first, { rules: null });
    expect(other?.revision).toBeGreaterThan(middle.base);
    const gap: JournalSource = {
      ...meddled((entries) => entries),
      rows: async (from, limit) =>
        (await journal.rows(from, limit)).filter(({ place }) => place !== middle.place),
    };
    await expect(reproduce(gap, first, { rules: null })).rejects.toThrow(/row \d+ of the journal is missing/);
  });

  /** What other rules decide otherwise, first of each trade. */
  async function shadowed(rules: Rules) {
    const shadow = new Shadow(journal);
    const found: ShadowDifference[] = [];
    for await (const difference of shadow.over(first, { rules })) found.push(difference);
    return { sum: shadow.sum, firsts: found.filter(({ standing }) => standing === 'first') };
  }

  test('the same rules decide the same', async () => {
    const { sum, firsts } = await shadowed(RULES);
    expect(firsts).toEqual([]);
    expect(sum).toMatchObject({ details: 0, consequences: 0, skippedRows: 0, revision: log.length });
    expect(sum.decisions).toBeGreaterThan(TRADES);
  });

  test('another threshold differs exactly for the trades that crossed the old one alone', async () => {
    const { l1Score } = RULES.states;
    const crossed = log.flatMap(({ account, ticket, payload }) => {
      const { change } = TradeEvent.decode(payload);
      if (change?.$case !== 'stateChanged') return [];
      const { from, to, cause, evaluation } = change.value;
      const isWarned =
        from === TradeState.HEALTHY && to === TradeState.WARNING_L1 && cause === TransitionCause.SCORE;
      return isWarned ? [{ trade: `${account}:${ticket}`, score: evaluation?.score ?? Number.NaN }] : [];
    });
    const scores = crossed.map(({ score }) => score).sort((one, other) => one - other);
    const threshold = (scores[Math.floor(scores.length / 2)] ?? l1Score) - 1e-9;
    const expected = new Set(crossed.filter(({ score }) => score > threshold).map(({ trade }) => trade));
    const { firsts } = await shadowed({ ...RULES, states: { ...RULES.states, l1Score: threshold } });
    expect(new Set(firsts.map(({ account, ticket }) => `${account}:${ticket}`))).toEqual(expected);
    expect(expected.size).toBeGreaterThan(0);
    expect(expected.size).toBeLessThan(TRADES);
    for (const { what, running, shadow } of firsts) {
      expect(what).toBe('transition');
      expect(running.transitions).toContain('HEALTHY>WARNING_L1 SCORE');
      expect(shadow.transitions).not.toContain('HEALTHY>WARNING_L1 SCORE');
    }
  });

  describe('the past', () => {
    const changes = () => log.map((event) => ({ event, change: TradeEvent.decode(event.payload).change }));
    const reasonOf = (call: Promise<unknown>) =>
      call.then(
        () => 'answered',
        (error: unknown) => reasonName(Reflect.get(Object(Reflect.get(Object(error), 'report')), 'reason')),
      );

    test('shows a trade, and what an evaluation said, as they were at a revision', async () => {
      const scored = changes().filter(
        ({ change }) => change?.$case === 'stateChanged' && change.value.cause === TransitionCause.SCORE,
      );
      for (const { event, change } of [
        scored[0],
        scored[Math.floor(scored.length / 2)],
        scored.at(-1),
      ].flatMap((e) => e ?? [])) {
        const { account, ticket, revision } = event;
        const at = { account, ticket, atRevision: BigInt(revision) };
        const { trade } = await service.client.getTrade(at);
        const version = BigInt(event.tradeVersion);
        expect(trade).toMatchObject({
          revision: BigInt(revision),
          tradeVersion: version,
          state: TradeState[event.state],
        });
        const { evaluation, trade: evaluated } = await service.client.evaluateTrade(at);
        expect(evaluated?.tradeVersion).toBe(version);
        if (change?.$case !== 'stateChanged') throw new Error('it is filtered');
        expect(evaluation?.score).toBe(change.value.evaluation?.score);
        // Between two of its events it is as the one before left it.
        const before = log.findLast((other) => other.ticket === ticket && other.revision < revision);
        const { trade: earlier } = await service.client.getTrade({ ...at, atRevision: BigInt(revision - 1) });
        expect(earlier?.tradeVersion).toBe(BigInt(before?.tradeVersion ?? 0));
        expect(earlier?.revision).toBe(BigInt(before?.revision ?? 0));
      }
    });

    test('at the head is the present', async () => {
      const { account = '', ticket = 0n } = log.at(-1) ?? {};
      const now = (await service.client.getTrade({ account, ticket })).trade;
      const { trade: then } = await service.client.getTrade({
        account,
        ticket,
        atRevision: BigInt(log.length),
      });
      expect(then).toEqual(now);
    });

    test('of what is not known is refused', async () => {
      const [{ account = '', ticket = 0n } = {}] = log;
      const late = log.findLast(({ tradeVersion }) => tradeVersion === 1);
      const at = (revision: number, of = ticket) =>
        reasonOf(service.client.getTrade({ account, ticket: of, atRevision: BigInt(revision) }));
      expect(await at(log.length + 1)).toBe('REVISION_IN_FUTURE');
      expect(await at(1, late?.ticket)).toBe('TRADE_NOT_FOUND');
      expect(await at(1, 987_654n)).toBe('TRADE_NOT_FOUND');
      await execute(service.databaseUrl, `UPDATE journal_checkpoints SET revision = revision + 1000000`);
      expect(await at(1)).toBe('REVISION_COMPACTED');
      await execute(service.databaseUrl, `UPDATE journal_checkpoints SET revision = revision - 1000000`);
    });

    /** What is said of the trade of the last event before that, in a journal whose row is another one meanwhile. */
    const inChanged = async (back: number, change: string, undo: string): Promise<string> => {
      const rows = (await journal.rows(1, 1e6)).filter(({ events }) => events > 0);
      const { account = '', ticket = 0n } = log.at(-1) ?? {};
      const { place = 0 } = rows.at(-back) ?? {};
      await execute(service.databaseUrl, `UPDATE journal SET ${change} WHERE place = $1`, [place]);
      try {
        const atRevision = BigInt(rows.at(-1)?.base ?? 0);
        return await reasonOf(service.client.getTrade({ account, ticket, atRevision }));
      } finally {
        await execute(service.databaseUrl, `UPDATE journal SET ${undo} WHERE abs(place) = $1`, [place]);
      }
    };

    test('is not made of a journal in which a row is missing', async () => {
      expect(await inChanged(3, 'place = -place', 'place = abs(place)')).toBe('REVISION_COMPACTED');
    });

    test('is not made of a row that cannot be read', async () => {
      for (const at of ['0', '1', 'length(entries) / 2', 'length(entries) - 1']) {
        const flipped = `entries = set_byte(entries, ${at}, get_byte(entries, ${at}) # 1)`;
        expect(await inChanged(3, flipped, flipped)).toBe('REVISION_COMPACTED');
      }
    });

    test('is made where the next term begins right after it', async () => {
      const change = 'evaluator_epoch = evaluator_epoch';
      expect(await inChanged(1, `${change} + 1`, `${change} - 1`)).toBe('answered');
    });
  });

  test('dtms replay --journal and dtms shadow need a role that may only read', async () => {
    const role = `reader_${process.pid}`;
    await execute(
      service.databaseUrl,
      `CREATE ROLE ${role} LOGIN PASSWORD 'of-a-test'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    try {
      const url = Object.assign(new URL(service.databaseUrl), { username: role, password: 'of-a-test' }).href;
      const variables = { DTMS_DATABASE_URL: url };
      const replayed = await new CliProcess(tmpdir(), ['replay', '--journal', '--json'], variables).ended();
      expect(replayed).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(replayed.out)).toMatchObject({ reproduced: true, last: log.length });
      const shadow = ['shadow', '--once', '--json', '--from', '2000-01-01'];
      const stricter = { ...variables, DTMS_CONFIG: join(import.meta.dirname, 'stricter-rules.json') };
      const differing = await new CliProcess(tmpdir(), shadow, stricter).ended();
      expect(differing.code).toBe(1);
      expect(differing.err).toMatch(/this build decides otherwise about \d+ trades/);
      const lines = differing.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines[0].difference).toMatchObject({ what: 'transition', standing: 'first' });
      expect(lines.at(-1).sum.first.transition).toBe(lines.length - 1);
      const same = await new CliProcess(tmpdir(), shadow, variables).ended();
      expect(same.code).toBe(0);
      expect(JSON.parse(same.out)).toMatchObject({ sum: { details: 0, revision: log.length } });
    } finally {
      await execute(service.databaseUrl, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
