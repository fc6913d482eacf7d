// Whatever the broker says of the lots that were closed of a hedge, corrects, or fills later of its order: the hedge is what it
// shows, and results are of the lots that are closed of it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EngineLeaseClient } from '../../../src/bridge/engine-lease-client.js';
import { tagOf } from '../../../src/domain/broker/order-tag.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { PACKED_TRADE } from '../../../src/store/bodies/packed-trade.js';
import { decodeTrade, encodeTrade } from '../../../src/store/bodies/trade.js';
import { dealOf, positionOf } from '../../support/broker-snapshots.js';
import { runs } from '../../support/properties.js';
import { T0, TERMS, tradeOf } from '../../support/trades.js';

const LEG = 30n;
const hedge = { ticket: LEG, volume: 0.6, entryPrice: 100, stopLoss: null };
const COMMENT = tagOf('demo:1:2:OPEN_HEDGE');
const HEDGED = tradeOf({ state: 'HEDGED', flatTimerEndsAt: T0 + 10 ** 12, hedge });

/** In hundredths of a lot. */
class World {
  /** The order for the hedge is filled in parts. */
  opened = 60;
  closed = 0;
  realised = 0;
  readonly #closes: number[] = [];
  #engine = new Engine(DEFAULT_RULES);
  #now = T0;

  readonly isTagged: boolean;

  constructor(isTagged: boolean) {
    this.isTagged = isTagged;
    this.#begin(HEDGED);
  }

  get hedge() {
    return this.#engine.get('demo', 1n)?.hedge ?? null;
  }

  close(lots: number): void {
    const most = this.opened - 1 - this.closed;
    if (most > 0) this.#closes.push(Math.min(lots, most));
    this.#sum();
  }

  fill(lots: number): void {
    if (this.isTagged) this.opened = Math.min(100, this.opened + lots);
  }

  /** Of any of the closes: it was of other lots, or of none. */
  correct(pick: number, lots: number): void {
    const at = pick % Math.max(1, this.#closes.length);
    const most = this.opened - 1 - this.closed + (this.#closes[at] ?? 0);
    if (this.#closes.length > 0) this.#closes.splice(at, 1, ...(lots > 0 ? [Math.min(lots, most)] : []));
    this.#sum();
  }

  async show(): Promise<void> {
    this.#now += 10_000;
    const position = positionOf(HEDGED, {});
    const leg = { ...position, identifier: LEG, ticket: LEG, direction: 'SELL' as const };
    const client = new EngineLeaseClient(this.#engine, {
      ...{ account: 'demo', bridgeId: 'b1', clock: () => ({ at: this.#now, now: this.#now }) },
      past: { trade: () => undefined, opener: () => undefined },
    });
    await client.reconcile({
      ...{ takenAt: this.#now, complete: true, dealsSince: T0 },
      positions: [
        position,
        {
          ...leg,
          ...{
            volume: (this.opened - this.closed) / 100,
            stopLoss: null,
            comment: this.isTagged ? COMMENT : '',
          },
        },
      ],
      deals: this.#closes.map((lots, index) =>
        dealOf({
          ...{ deal: BigInt(index + 1), positionIdentifier: LEG, entry: 'OUT', direction: 'BUY' },
          ...{ volume: lots / 100, time: T0 + index + 1 },
        }),
      ),
    });
    for (const { results } of this.#engine.drain().realised)
      for (const { leg: of, volume } of results)
        if (of === 'HEDGE') this.realised += Math.round(volume * 100);
  }

  /** Another server goes on from what is stored. */
  restart(): void {
    const trade = this.#engine.get('demo', 1n) ?? HEDGED;
    const stored = decodeTrade(encodeTrade(PACKED_TRADE.unpack(PACKED_TRADE.pack(trade))));
    this.#engine = new Engine(DEFAULT_RULES);
    this.#begin(stored);
  }

  #begin(trade: typeof HEDGED): void {
    this.#engine.upsertInstrument(TERMS);
    this.#engine.restoreTrade(trade);
  }

  #sum(): void {
    this.closed = this.#closes.reduce((sum, lots) => sum + lots, 0);
  }
}

const step = fc.record({
  kind: fc.constantFrom('close', 'correct', 'fill', 'restart'),
  pick: fc.nat({ max: 5 }),
  lots: fc.nat({ max: 40 }),
});

test('a hedge is what the broker shows, also where less was closed of it than was told', async () => {
  let grown = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(step, { minLength: 2, maxLength: 12 }),
      async (isTagged, steps) => {
        const world = new World(isTagged);
        await world.show();
        for (const { kind, pick, lots } of steps) {
          const before = world.closed;
          if (kind === 'close') world.close(lots + 1);
          if (kind === 'correct') world.correct(pick, lots);
          if (kind === 'fill') world.fill(lots);
          if (kind === 'restart') world.restart();
          await world.show();
          expect(world.hedge?.volume).toBe((world.opened - world.closed) / 100);
          expect(world.realised).toBe(world.closed);
          grown += Number(world.closed < before);
        }
      },
    ),
    { numRuns: runs(100) },
  );
  expect(grown).toBeGreaterThan(20);
});
