// What is known of positions: those of the last complete snapshot, and what snapshots have shown since.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexSnapshot } from '../../../src/domain/broker/snapshot-index.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { T0, tradeOf } from '../../support/trades.js';

const SNAPSHOT = fc.record({
  complete: fc.boolean(),
  volumes: fc.dictionary(fc.constantFrom('1', '2', '3'), fc.constantFrom(0.1, 0.2, 0.3)),
});

test('a position is shown when a snapshot shows it, and gone only when a complete one lacks it', () => {
  fc.assert(
    fc.property(fc.array(SNAPSHOT, { maxLength: 6 }), (snapshots) => {
      const { accounts } = new Engine(DEFAULT_RULES);
      let expected: Record<string, number> = {};
      for (const { complete, volumes } of snapshots) {
        const positions = Object.entries(volumes).map(([ticket, volume]) =>
          positionOf(tradeOf({}, { ticket: BigInt(ticket) }), { volume }),
        );
        accounts.reconciled('demo', indexSnapshot(snapshotOf(positions, { complete })), T0);
        expected = complete ? volumes : { ...expected, ...volumes };
      }
      const shown = accounts
        .identifiersOf('demo')
        .map((ticket) => [String(ticket), accounts.positionOf('demo', ticket)?.volume]);
      expect(Object.fromEntries(shown)).toEqual({ ...expected });
      expect(accounts.shown.isSeen('demo')).toBe(snapshots.some(({ complete }) => complete));
    }),
  );
});
