// When a loss beyond its rail does more than reduce: only one that is sure, and never on what a client tells.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Account,
  emptyAccount,
  type Heartbeat,
  onTripObstacle,
  reportAccount,
  setTradingState,
  tradingStateOf,
} from '../../../../src/domain/account/account.js';
import type { RailAction, RailLimits } from '../../../../src/domain/account/rails.js';
import { type CloseReport, noteClosed } from '../../../../src/domain/account/stop-streak.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { BEAT, MIDNIGHT } from '../../../support/heartbeats.js';

const DAY = 24 * 3_600_000;

/** The account after each equity in turn. */
function reporting(
  reports: readonly (Partial<Heartbeat> & { readonly equity: number })[],
  from = emptyAccount('demo'),
) {
  return reports.reduce<Account>((account, report) => {
    const heartbeat = { ...BEAT, ...report };
    return reportAccount(account, heartbeat, heartbeat.reportedAt, DEFAULT_RULES);
  }, from);
}

const stateAt = (account: Account, at: number) => tradingStateOf(account, at, DEFAULT_RULES).state;
const close = (account: Account, report: Partial<CloseReport>): Account =>
  noteClosed(account, { reason: 'STOP_LOSS', earned: -1, at: MIDNIGHT, ...report }, DEFAULT_RULES);

describe('a loss that is to do more than reduce', () => {
  const SECOND = 1000;
  const own = (onTrip: RailAction, more: RailLimits = {}): Account => ({
    ...emptyAccount('demo'),
    railLimits: { onTrip, hourlyLoss: 1, ...more },
  });
  /** The account after an equity every ten seconds, its operations told unless it says otherwise. */
  const told = (equities: readonly number[], from: Account, more: Partial<Heartbeat> = {}) =>
    reporting(
      equities.map((equity, index) => ({
        equity,
        operations: [],
        reportedAt: MIDNIGHT + index * 10 * SECOND,
        ...more,
      })),
      from,
    );
  const acted = ({ rails }: Account) => rails.map(({ actedAt }) => actedAt);

  test('does it once heartbeats have shown it for half a minute, and once', () => {
    const lost = [10_000, 9_700, 9_690, 9_700];
    expect(acted(told(lost, own('flatten')))).toEqual([null]);
    expect(acted(told([...lost, 9_600, 9_500], own('flatten')))).toEqual([MIDNIGHT + 40 * SECOND]);
  });

  test('halts then, and reduces before', () => {
    const before = told([10_000, 9_700, 9_700], own('halt'));
    expect(stateAt(before, MIDNIGHT + 20 * SECOND)).toBe('REDUCING');
    const halted = told([10_000, 9_700, 9_700, 9_700, 9_700], own('halt'));
    expect(stateAt(halted, MIDNIGHT + 40 * SECOND)).toBe('HALTED');
    expect(stateAt(halted, MIDNIGHT + DAY)).toBe('ACTIVE');
    const reduced = setTradingState(halted, { state: 'REDUCING', by: 'ann', reason: '', at: MIDNIGHT });
    expect(stateAt(reduced, MIDNIGHT + 40 * SECOND)).toBe('HALTED');
  });

  test('wrong heartbeats with right ones between them never add up, however many', () => {
    const wrong = Array.from({ length: 200 }, (_, index) => (index % 4 === 3 ? 9_990 : 5_000));
    const account = told([10_000, ...wrong], own('flatten'));
    expect(account.rails.map(({ rail }) => rail)).toContain('DAILY_LOSS');
    expect(acted(account)).toEqual(account.rails.map(() => null));
  });

  test('two heartbeats with a gap between them are not a half minute of them', () => {
    const at = (minutes: number, equity: number) => ({
      equity,
      operations: [],
      reportedAt: MIDNIGHT + minutes * 60 * SECOND,
    });
    expect(acted(reporting([at(0, 10_000), at(1, 5_000), at(300, 5_000)], own('flatten')))).toEqual([null]);
  });

  test('a second bridge, or the same call again, is no second measure', () => {
    const wrong = Array.from({ length: 50 }, (_, index) => ({
      equity: 5_000,
      operations: [],
      bridgeId: `b${index % 2}`,
      reportedAt: MIDNIGHT + 10 * SECOND + index,
    }));
    expect(acted(reporting([{ equity: 10_000, operations: [] }, ...wrong], own('flatten')))).toEqual([null]);
  });

  test('only reduces where no bridge tells what was paid out, and says so', () => {
    const lost = Array.from({ length: 20 }, () => 9_000);
    const account = told([10_000, ...lost], own('flatten'), { operations: null, balance: 9_000 });
    expect(acted(account)).toEqual([null]);
    expect(onTripObstacle(account, DEFAULT_RULES)).toContain('balance operations');
    expect(onTripObstacle(told([10_000], own('flatten')), DEFAULT_RULES)).toBe('');
    const observing = { ...DEFAULT_RULES, actions: { ...DEFAULT_RULES.actions, mode: 'observe' as const } };
    expect(onTripObstacle(told([10_000], own('flatten')), observing)).toBe('DTMS only observes');
    expect(onTripObstacle(emptyAccount('demo'), DEFAULT_RULES)).toBe('');
  });

  test('a profit target and stops in a row, which clients tell, only ever reduce', () => {
    for (const onTrip of ['flatten', 'halt'] as const) {
      const earned = Array.from({ length: 20 }, () => 11_000);
      const target = told([10_000, ...earned], own(onTrip, { dailyProfit: 0.05 }));
      const stopped = [0, 1, 2, 3, 4].reduce((each) => close(each, {}), own(onTrip));
      for (const { rails } of [target, stopped]) {
        expect(rails).toMatchObject([{ onTrip: 'reduce', actedAt: null }]);
      }
      expect(stateAt(stopped, MIDNIGHT)).toBe('REDUCING');
    }
  });

  test('law: it acts only after heartbeats without a gap or a right one for as long as the rules say', () => {
    const beat = fc.record({
      seconds: fc.integer({ min: 0, max: 45 }),
      isLost: fc.boolean(),
      isTold: fc.boolean(),
    });
    let acts = 0;
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 1, arbitrary: beat },
            { weight: 4, arbitrary: fc.constant({ seconds: 10, isLost: true, isTold: true }) },
          ),
          { maxLength: 25 },
        ),
        (beats) => {
          let account = told([10_000], own('flatten'));
          let at = MIDNIGHT;
          let since: number | null = null;
          for (const { seconds, isLost, isTold } of beats) {
            at += seconds * SECOND;
            const isGap = seconds * SECOND > DEFAULT_RULES.actions.heartbeatMaximumAgeMs;
            const equity = isLost ? 9_000 : 10_000;
            const [before] = acted(account);
            account = reporting([{ equity, operations: isTold ? [] : null, reportedAt: at }], account);
            if (!isLost) since = null;
            else if (isTold) since = isGap ? at : (since ?? at);
            const [actedAt] = acted(account);
            if (typeof actedAt !== 'number' || actedAt === before) continue;
            acts += 1;
            expect(actedAt).toBe(at);
            expect(at - (since ?? at)).toBeGreaterThanOrEqual(DEFAULT_RULES.rails.sureAfterMs);
          }
        },
      ),
    );
    expect(acts).toBeGreaterThan(10);
  });
});
