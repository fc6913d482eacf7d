// A snapshot that is reconciled in parts: it is the snapshot reconciled at once where nothing happens in between, and where
// something does nothing of it is undone, doubled or begun anew.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BrokerDeal, BrokerPosition } from '../../../../src/domain/broker/snapshot.js';
import { closeTrade } from '../../../../src/domain/changes/commands.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import type { Engine } from '../../../../src/engine/engine.js';
import { questionsOf } from '../../../../src/engine/findings.js';
import { Reconciliation } from '../../../../src/engine/reconcile.js';
import { CONTEXT, dealOf, legOf, positionOf, snapshotOf, TAKEN } from '../../../support/broker-snapshots.js';
import { Reconciling } from '../../../support/reconciling.js';
import { MINUTE, specOf, tradeOf } from '../../../support/trades.js';

const TICKETS = 12;

interface Course {
  readonly trades: readonly Trade[];
  readonly positions: readonly BrokerPosition[];
  readonly deals: readonly BrokerDeal[];
  readonly complete: boolean;
}

/** Of each ticket: whether there is a trade, with a hedge or missed before, and what the broker shows and says of it. */
const courses: fc.Arbitrary<Course> = fc
  .record({
    complete: fc.boolean(),
    each: fc.array(
      fc.record({
        known: fc.constantFrom('no', 'yes', 'hedged', 'missed'),
        shown: fc.constantFrom('no', 'same', 'stop', 'half', 'leg'),
        closed: fc.boolean(),
      }),
      { maxLength: TICKETS },
    ),
  })
  .map(({ complete, each }) => {
    const [trades, positions, deals]: [Trade[], BrokerPosition[], BrokerDeal[]] = [[], [], []];
    for (const [index, { known, shown, closed }] of each.entries()) {
      const ticket = BigInt(index + 1);
      const hedge = { ticket: 100n + ticket, volume: 1, entryPrice: 94, stopLoss: 100 };
      const trade = tradeOf(
        {
          hedge: known === 'hedged' ? hedge : null,
          missingSince: known === 'missed' ? TAKEN - 30 * MINUTE : null,
        },
        { ticket },
      );
      if (known !== 'no') trades.push(trade);
      if (shown !== 'no')
        positions.push(
          positionOf(trade, { stopLoss: shown === 'stop' ? 91 : 90, volume: shown === 'half' ? 0.5 : 1 }),
        );
      if (shown === 'leg') positions.push(legOf(trade, hedge));
      if (closed)
        deals.push(
          dealOf({ deal: 900n + ticket, positionIdentifier: ticket, time: TAKEN - index * 1000 - 1 }),
        );
    }
    return { trades, positions, deals, complete };
  });

/** Reconciles twice: the second snapshot comes later and confirms. Between two parts `between` is called. */
function reconciled(
  { trades, positions, deals, complete }: Course,
  steps: number,
  between: (engine: Engine) => void,
) {
  const { engine } = new Reconciling(trades);
  const reports = [TAKEN, TAKEN + 10 * MINUTE].map((takenAt) => {
    const snapshot = snapshotOf(positions, { takenAt, deals, complete });
    const { identifiers, openings } = questionsOf(engine, 'demo', snapshot);
    const findings = {
      ...{ asked: new Set(identifiers), openings: new Set(openings) },
      ...{ settled: settledIn(engine), openers: new Map() },
    };
    const { reconciling } = engine.accounts;
    const begun = new Reconciliation(engine, 'demo', snapshot, findings, takenAt);
    let report = reconciling.begin('demo', begun, steps);
    for (let parts = 0; report === null; parts += 1) {
      expect(parts).toBeLessThan(100);
      expect(reconciling.has('demo')).toBe(true);
      between(engine);
      report = reconciling.goOn('demo', steps);
    }
    expect(reconciling.size).toBe(0);
    return report;
  });
  return { engine, reports, ...engine.drain() };
}

/** What a store would know. */
function settledIn(engine: Engine): ReadonlyMap<bigint, Trade> {
  const closed = engine.undrained.filter(({ trade }) => engine.get('demo', trade.spec.ticket) === undefined);
  return new Map(closed.map(({ trade }) => [trade.spec.ticket, trade]));
}

test('in parts of any size it is what it is at once', () => {
  fc.assert(
    fc.property(courses, fc.integer({ min: 1, max: 2 * TICKETS }), (course, steps) => {
      const { engine: one, ...whole } = reconciled(course, Number.POSITIVE_INFINITY, () => undefined);
      const { engine: other, ...parts } = reconciled(course, steps, () => undefined);
      expect(parts).toEqual(whole);
      expect([...other.trades()]).toEqual([...one.trades()]);
      expect(other.accounts.memory).toEqual(one.accounts.memory);
    }),
  );
});

test('what is registered or closed between two parts stays so, and no trade begins where one ended', () => {
  fc.assert(
    fc.property(courses, fc.array(fc.integer({ min: 1, max: TICKETS })), (course, tickets) => {
      const left = [...tickets];
      const between = (engine: Engine): void => {
        const ticket = BigInt(left.shift() ?? 0);
        const trade = engine.get('demo', ticket);
        const all = [...course.trades, ...engine.undrained.map((event) => event.trade)];
        if (ticket !== 0n && !all.some(({ spec }) => spec.ticket === ticket))
          engine.register(specOf({ ticket }), TAKEN, 'REGISTERED', null);
        if (trade === undefined || trade.state === 'CLOSED') return;
        engine.act(trade.spec, (current) => [
          closeTrade(current, { reason: 'REQUESTED', price: null }, TAKEN, CONTEXT),
        ]);
      };
      const { events } = reconciled(course, 1, between);
      const versions = new Map(course.trades.map(({ spec, version }) => [spec.ticket, version]));
      for (const { trade } of events) {
        const { ticket } = trade.spec;
        expect(trade.version).toBe((versions.get(ticket) ?? 0) + 1);
        versions.set(ticket, trade.version);
      }
    }),
  );
});
