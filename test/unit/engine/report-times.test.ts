// Reports that nobody dated, and snapshots taken before and after them, on a live feed whose data has any age, or none, on a
// machine whose date jumps: the newest word of the broker stands.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeTrade, updateTrade } from '../../../src/commands/change-trade.js';
import type { Deciding } from '../../../src/commands/command.js';
import { registerTrade } from '../../../src/commands/register-trades.js';
import { NO_UPDATE } from '../../../src/domain/actions/broker-update.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { reconcileAccount } from '../../../src/engine/reconcile.js';
import { Turns } from '../../../src/engine/turns.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { barItem, flatBar } from '../../support/scripted-view.js';
import { MINUTE, specOf, T0, tradeOf } from '../../support/trades.js';

const HOUR = 60 * MINUTE;
const KEY = { account: 'demo', ticket: 1n };
const FINDINGS = { asked: new Set<bigint>(), settled: new Map<bigint, Trade>(), openers: new Map() };

/** A server whose database has one clock and whose machine has another. */
class Server {
  now = T0 + 100 * HOUR;
  passing = 0;
  readonly #turns = new Turns(
    DEFAULT_RULES,
    { database: () => this.now, process: () => this.passing },
    'off',
  );

  get term(): Deciding {
    const { engine, clock } = this.#turns;
    return { engine, clock, databaseNow: () => this.now, revisionOf: () => 0, head: 0 };
  }

  /** The feed's newest data is so old; none comes where it is null. */
  feed(age: number | null): void {
    if (age === null) return;
    const time = Math.floor((this.now - age) / (15 * MINUTE)) * 15 * MINUTE;
    this.term.engine.apply('default', barItem(flatBar(time - 15 * MINUTE, 100)), this.now);
    this.#turns.clock.saw('default', time);
  }

  snapshot(volume: number, stopLoss: number | null, takenAt: number): void {
    const shown = snapshotOf([positionOf(tradeOf(), { volume, stopLoss })], { takenAt });
    reconcileAccount(this.term.engine, 'demo', shown, FINDINGS, this.now);
  }

  get trade(): Trade | undefined {
    return this.term.engine.get('demo', 1n);
  }
}

const anyAge = fc.option(fc.integer({ min: 0, max: 20 * HOUR }));

/** What the broker said last of a field, and when. */
interface Word {
  readonly value: number;
  readonly at: number;
  readonly isReport: boolean;
}

/** What is known after another word; null where the order of two snapshots would have to decide. */
function after(known: Word, word: Word): Word | null {
  // What was known already is no news, and makes no event.
  if (word.isReport) return word.value === known.value ? known : word;
  if (word.at >= known.at) return word.value === known.value ? known : word;
  return known.isReport ? known : null;
}

test('law: a snapshot undoes a report that nobody dated only where it was taken after it', () => {
  const anyStep = fc.record({
    isReport: fc.boolean(),
    passes: fc.integer({ min: 1, max: 10 * MINUTE }),
    jump: fc.integer({ min: -HOUR, max: 24 * HOUR }),
    volume: fc.integer({ min: 1, max: 100 }).map((lots) => lots / 100),
    stopLoss: fc.integer({ min: 80, max: 99 }),
    /** How long a snapshot was on its way: less than clocks of other zones differ. */
    late: fc.integer({ min: 0, max: 14 * MINUTE }),
  });
  fc.assert(
    fc.property(anyAge, fc.array(anyStep, { maxLength: 12 }), (age, steps) => {
      const server = new Server();
      server.feed(age);
      registerTrade(specOf()).apply(server.term, new Map());
      const first = { at: Number.NEGATIVE_INFINITY, isReport: false };
      let volume: Word = { ...first, value: 1 };
      let stopLoss: Word = { ...first, value: 90 };
      // Nobody is believed that there is more than was shown, by whichever snapshot.
      let least = 1;
      for (const { isReport, passes, jump, late, ...told } of steps) {
        server.now += passes;
        server.passing += jump;
        const at = isReport ? server.now : server.now - late;
        const lots = isReport ? Math.min(told.volume, least) : told.volume;
        if (isReport) {
          const update = { ...NO_UPDATE, volume: lots, stopLoss: told.stopLoss };
          updateTrade(KEY, update, null).apply(server.term, undefined);
        } else server.snapshot(lots, told.stopLoss, at);
        least = Math.min(least, lots);
        const newVolume = after(volume, { value: lots, at, isReport });
        const newStop = after(stopLoss, { value: told.stopLoss, at, isReport });
        if (newVolume === null || newStop === null) return;
        volume = newVolume;
        stopLoss = newStop;
        expect(server.trade).toMatchObject({ volume: volume.value, stopLoss: stopLoss.value });
      }
    }),
  );
});

test('law: an older snapshot changes nothing that was reported, also one dated by a clock that is ahead of its arrival', () => {
  fc.assert(
    fc.property(
      anyAge,
      fc.integer({ min: 1, max: 20 * HOUR }),
      fc.integer({ min: -HOUR, max: HOUR }),
      (age, before, jump) => {
        const server = new Server();
        server.feed(age);
        registerTrade(specOf()).apply(server.term, new Map());
        const taken = server.now;
        server.now += before;
        server.passing += jump;
        updateTrade(KEY, { ...NO_UPDATE, volume: 0.5, stopLoss: 95 }, null).apply(server.term, undefined);
        server.snapshot(1, 90, taken);
        expect(server.trade).toMatchObject({ volume: 0.5, stopLoss: 95 });
        server.now += 1;
        server.snapshot(1, 90, server.now + 5000);
        expect(server.trade).toMatchObject({ volume: 1, stopLoss: 90, volumeChangedAt: server.now });
      },
    ),
  );
});

test('law: what nobody dated is of now, by the database', () => {
  fc.assert(
    fc.property(anyAge, fc.integer({ min: -HOUR, max: 24 * HOUR }), (age, jump) => {
      const server = new Server();
      server.feed(age);
      server.passing += jump;
      registerTrade(specOf({ openedAt: null })).apply(server.term, new Map());
      expect(server.trade).toMatchObject({ openedAt: server.now });
      server.now += MINUTE;
      closeTrade(KEY, 'BROKER_GONE', null, null).apply(server.term, undefined);
      expect(server.term.engine.drain().events.at(-1)).toMatchObject({ at: server.now });
    }),
  );
});
