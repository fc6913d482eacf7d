// What is reported between two parts of a snapshot: a position that became a hedge is no stranger when its turn comes.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tagOf } from '../../../../src/domain/broker/order-tag.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { Engine } from '../../../../src/engine/engine.js';
import { reportAction } from '../../../../src/engine/leases.js';
import { Reconciliation } from '../../../../src/engine/reconcile.js';
import { actionOf, resultOf } from '../../../support/actions.js';
import { legOf, positionOf, snapshotOf, TAKEN } from '../../../support/broker-snapshots.js';
import { MINUTE, T0, TERMS, tradeOf } from '../../../support/trades.js';

const OTHERS = 4;
const LEG = 100n;

it('is its trade’s hedge, neither a trade of its own nor one too many', () => {
  fc.assert(
    fc.property(fc.nat(OTHERS + 1), fc.boolean(), fc.boolean(), (parts, isTagged, isReported) => {
      const engine = new Engine(DEFAULT_RULES);
      engine.upsertInstrument(TERMS);
      engine.accounts.setMode('demo', { mode: 'enforce', by: 'ann', reason: '', at: T0 });
      const begunAt = TAKEN - MINUTE;
      const opening = actionOf('OPEN_HEDGE', {
        ...{ status: 'EXECUTING', volume: 1, stopLoss: 110, attempts: 1, begunAt },
        lease: { token: 1, bridge: 'b1', endsAt: TAKEN + MINUTE },
      });
      const trade = tradeOf({ state: 'HEDGED', flatTimerEndsAt: T0 + 10 ** 12, actions: [opening] });
      const others = Array.from({ length: OTHERS }, (_, index) => tradeOf({}, { ticket: BigInt(index + 2) }));
      for (const one of [trade, ...others]) engine.restoreTrade(one);
      const hedge = { ticket: LEG, volume: 1, entryPrice: 100, stopLoss: 110 };
      const comment = isTagged ? tagOf(opening.actionId) : '';
      const leg = legOf(trade, hedge, { comment, openedAt: begunAt });
      const snapshot = snapshotOf([...[trade, ...others].map((one) => positionOf(one)), leg]);
      const findings = {
        ...{ asked: new Set([LEG]), openings: new Set<bigint>() },
        ...{ settled: new Map(), openers: new Map() },
      };
      const reconciliation = new Reconciliation(engine, 'demo', snapshot, findings, TAKEN);
      reconciliation.work(parts);
      const answer = resultOf('DONE', { openedTicket: LEG, volume: 1, price: 100 });
      const moment = { at: TAKEN, now: TAKEN };
      if (isReported) reportAction(engine, opening.actionId, 1, answer, 'b1', moment);
      reconciliation.work(Number.POSITIVE_INFINITY);
      if (!isReported) reportAction(engine, opening.actionId, 1, answer, 'b1', moment);
      expect(engine.get('demo', LEG)).toBeUndefined();
      expect(reconciliation.report()).toMatchObject({ registered: [] });
      expect(engine.get('demo', 1n)).toMatchObject({ state: 'HEDGED', hedge: { ticket: LEG } });
      if (isReported) expect(reconciliation.report().drifts).toEqual([]);
    }),
  );
});
