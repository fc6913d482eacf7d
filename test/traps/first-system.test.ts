// What the first system got wrong and only shows when everything works together, each by its name. What is
// proved elsewhere is listed in the README beside this file.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActionStatus, ActionType, SuppressionReason, TransitionCause } from '../../gen/ts/dtms/v1/types.js';
import { TradeState } from '../../src/client/index.js';
import { RETURN_CODES } from '../../src/domain/actions/result-codes.js';
import { TIMEFRAME_MS } from '../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { replay } from '../../src/replay/driver.js';
import { EngineTarget } from '../../src/replay/engine-target.js';
import { importBars, withSpread } from '../../src/replay/importer.js';
import { sampleTrades } from '../../src/replay/sampler.js';
import type { ReplaySummary } from '../../src/replay/summary.js';
import { readTrades } from '../../src/replay/trades-file.js';
import { startService, type TestService } from '../support/app.js';
import { fall } from '../support/falling-market.js';
import { endOf, LogAccount } from '../support/fault-oracle.js';
import { EAGER_RULES, LiveAccount } from '../support/live-account.js';
import { NOTHING_WRONG } from '../support/rig.js';

const FILE = join(import.meta.dirname, '../../../shared/data/btcusd-m15-2025h1.csv');
const MINUTE = 60_000;

describe.skipIf(!existsSync(FILE))('200 trades over recorded BTCUSD (skipped without ../shared/data)', () => {
  let summary: ReplaySummary;
  const log = new LogAccount();
  /** What signals said when trades moved. */
  const seen = new Set<string>();
  beforeAll(async () => {
    const data = withSpread(importBars(FILE, 'M15', 'stop'));
    const trades = sampleTrades(data, 'BTCUSD', TIMEFRAME_MS.M15, 200);
    summary = await replay(new EngineTarget(DEFAULT_RULES), {
      symbol: 'BTCUSD',
      data,
      trades,
      skippedRows: 0,
      observer: {
        onEvent: (event) => {
          log.take(event);
          if (event.change?.$case !== 'stateChanged') return;
          for (const { reason } of event.change.value.evaluation?.signals ?? []) seen.add(reason);
        },
        onBar: () => {},
        onOutcome: () => {},
      },
    });
  });

  it('no order was ever sent: ours arrive, and what is DONE was carried out', () => {
    expect(summary.broker.executed).toBeGreaterThan(200);
    expect(summary.broker.executed).toBeLessThanOrEqual(summary.action_ends.DONE ?? 0);
  });

  it.each([
    'TIGHTEN_SL',
    'TRAIL_SL',
    'MOVE_SL_BREAKEVEN',
    'PARTIAL_CLOSE',
    'OPEN_HEDGE',
    'CLOSE_HEDGE',
  ] as const)('stops, parts and hedges failed for want of data, or did not exist: %s is DONE', (type) => {
    const done = log.stories.filter(
      (story) => story.type === ActionType[type] && endOf(story).status === ActionStatus.DONE,
    );
    expect(done.length).toBeGreaterThan(0);
  });

  it('neither a break of structure nor a change of character could fire: both move trades', () => {
    for (const kind of ['break of structure', 'change of character']) {
      expect(seen).toContain(`${kind} with the trade`);
      expect(seen).toContain(`${kind} against the trade`);
    }
  });

  it('HEDGED had no end, RECOVERING and CLOSED could not be reached: they are', () => {
    const shown = Object.keys(summary.transitions);
    expect(shown).toEqual(expect.arrayContaining(['HEDGED>RECOVERING', 'HEDGED>CLOSED', 'HEALTHY>CLOSED']));
    expect(summary.final_states.HEDGED ?? 0).toBe(0);
  });
});

describe('the state moved on whatever the broker said', () => {
  it.each([
    ['not enough money', RETURN_CODES.NO_MONEY],
    ['invalid volume', RETURN_CODES.INVALID_VOLUME],
  ])(
    'refused (%s), nothing counts as done: volume, stop and hedge stay as the broker has them',
    async (_, code) => {
      const rig = await fall({ faults: { rejections: { [code]: 1 } } });
      await rig.settle();
      const told = rig.told();
      expect(told.map(({ type }) => type)).toEqual(expect.arrayContaining(['PARTIAL_CLOSE', 'OPEN_HEDGE']));
      expect(told.every(({ status, executions }) => status !== 'DONE' && executions === 0)).toBe(true);
      expect(told.filter(({ type }) => type === 'PARTIAL_CLOSE')[0]?.status).toBe('REJECTED');
      expect(rig.log.open).toEqual(['1: 1 lots, stop 80, target none']);
      expect(rig.judged()).toMatchObject(NOTHING_WRONG);
    },
  );

  it('a hedge that was refused is none: the trade is not HEDGED any more', async () => {
    const rig = await fall({ faults: { rejections: { [RETURN_CODES.NO_MONEY]: 1 } } });
    await rig.settle();
    expect(rig.events.some(({ state }) => state === TradeState.HEDGED)).toBe(true);
    expect(rig.state()).toBe('WARNING_L2');
  });
});

describe('HEDGED could never end, because no timer was ever started', () => {
  it('it ends when its 75 minutes do, and the position and its hedge are closed', async () => {
    const rig = await fall({ bars: 40 });
    await rig.settle();
    const change = (to: TradeState) =>
      rig.events.find((event) => event.change?.$case === 'stateChanged' && event.change.value.to === to);
    const hedged = change(TradeState.HEDGED);
    const closed = change(TradeState.CLOSED);
    expect(closed?.change).toMatchObject({ value: { cause: TransitionCause.FLAT_TIMER } });
    const minutes = ((closed?.occurredAt?.getTime() ?? 0) - (hedged?.occurredAt?.getTime() ?? 0)) / MINUTE;
    expect(minutes).toBeGreaterThanOrEqual(75);
    expect(minutes).toBeLessThan(90);
    expect(rig.broker.positions()).toEqual([]);
  });
});

describe('stops where they do harm', () => {
  it('the tightened stop was put on the price: it is 0.3 R behind it', async () => {
    const rig = await fall({ bars: 5, bridge: 'is away' });
    const tighten = rig.planned().find(({ type }) => type === ActionType.TIGHTEN_SL);
    const price = rig.broker.prices('BTCUSD')?.bid ?? 0;
    expect(price - (tighten?.stopLoss ?? 0)).toBeGreaterThan(6);
  });

  it('breakeven loosened a better stop: it is left alone, and says why', async () => {
    const rig = await fall({ entries: [{ stopLoss: 101.5 }], bars: 8 });
    await rig.settle();
    const breakeven = rig.suppressed().filter((text) => text.startsWith('MOVE_SL_BREAKEVEN'));
    expect(breakeven).toContain(`MOVE_SL_BREAKEVEN ${SuppressionReason.WOULD_LOOSEN}`);
    expect(rig.told().map(({ type }) => type)).not.toContain('MOVE_SL_BREAKEVEN');
    expect(rig.broker.ledger.loosened()).toEqual([]);
  });

  it('the hedge’s stop was a fraction of a cent away: it has the room its rule says', async () => {
    const rig = await fall();
    const hedge = rig.broker.positions().find(({ direction }) => direction === 'SELL');
    expect((hedge?.stopLoss ?? 0) - (hedge?.entryPrice ?? 0)).toBeGreaterThan(0.2);
    expect(rig.broker.positions().map(({ identifier }) => identifier)).toContain(1n);
  });
});

describe('directions', () => {
  it.each(['buy', 'Buy', 'BUY', 'long'])(
    '"%s" was scored as SELL: it is BUY, and scored as one',
    async (word) => {
      const folder = mkdtempSync(join(tmpdir(), 'dtms-direction-'));
      try {
        const file = join(folder, 'trades.csv');
        writeFileSync(
          file,
          `ticket,symbol,direction,entry_time,entry_price,volume\n1,BTCUSD,${word},2025-01-06 00:00:00,100,1\n`,
        );
        expect(readTrades(file, 'BTCUSD', 'stop').trades[0]?.direction).toBe('BUY');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it('a fall scores against a BUY and for a SELL', async () => {
    const rig = await fall({ bars: 20 });
    expect(rig.latest('BUY')?.score).toBeLessThan(0);
    expect(rig.latest('SELL')?.score).toBeGreaterThan(0);
  });

  it('a SELL could not be hedged: in a rising market it is, by a BUY with its stop below', async () => {
    const rig = await fall({ direction: 'SELL' });
    await rig.settle();
    expect(rig.state()).toBe('HEDGED');
    const hedge = rig.broker.positions().find(({ direction }) => direction === 'BUY');
    expect(hedge?.stopLoss).toBeLessThan(hedge?.entryPrice ?? 0);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });
});

describe('one failed query of the broker closed every trade', () => {
  it.each(['failedQuery', 'partialQuery'] as const)(
    '%s: none is closed or missed, however often',
    async (query) => {
      const rig = await fall({ entries: [{}, {}, {}], bars: 3, faults: { queries: { [query]: 1 } } });
      for (let minute = 0; minute < 30; minute += 1) {
        rig.now += MINUTE;
        rig.broker.advance(rig.now);
        await rig.work();
      }
      expect([1n, 2n, 3n].map((ticket) => rig.state(ticket))).not.toContain('CLOSED');
      expect(rig.events.filter(({ change }) => change?.$case === 'reconciled')).toEqual([]);
      expect(rig.terminal.happened.get(query)).toBeGreaterThan(30);
    },
  );
});

describe('restarts', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ rules: EAGER_RULES });
  });
  afterAll(async () => {
    await service.end();
  });

  it('made every trade HEALTHY again, and a failed query during one deleted them all: nothing of it happens', async () => {
    const account = 'restarts';
    const live = new LiveAccount(service.client, account, 3);
    await live.plan();
    const told = async () => (await service.client.listTrades({ filter: { account } })).trades;
    const before = await told();
    expect(before.map(({ state }) => state)).toEqual(before.map(() => TradeState.HEDGED));
    service = await service.restart();
    expect(await told()).toEqual(before);
    const beat = { connected: true, tradeAllowed: true, equity: 1, balance: 1, reportedAt: new Date() };
    await service.client.reportAccount({ account, bridgeId: 'b', ...beat });
    for (let query = 0; query < 3; query += 1) {
      const takenAt = new Date(Date.now() - (3 - query) * MINUTE);
      const snapshot = { account, bridgeId: 'b', takenAt, dealsSince: takenAt, complete: false };
      expect(await service.client.reconcilePositions(snapshot)).toMatchObject({ closed: [], probe: [] });
    }
    service = await service.restart();
    expect(await told()).toEqual(before);
  });
});
