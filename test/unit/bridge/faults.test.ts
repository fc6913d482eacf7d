// A bridge among faults of every kind: whatever gets lost, breaks or comes late, each action is carried
// out at most once, no stop loosens, and in the end the leases knows what the broker has.

import { beforeAll, describe, expect, it } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import type { LeasedAction } from '../../../src/bridge/lease-client.js';
import { evenFaults, NO_FAULTS, ORDER_FAULTS, QUERY_FAULTS } from '../../../src/broker/faults.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import type { MarginMode } from '../../../src/broker/terminal.js';
import { outcomeOf } from '../../../src/domain/actions/result-codes.js';
import type { BrokerPosition } from '../../../src/domain/broker/snapshot.js';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import { favourable } from '../../../src/domain/market/direction.js';
import type { ActionType } from '../../../src/domain/trade/action-specs.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { paperBroker, SYMBOL, T0 } from '../../support/paper.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const MINUTE = 60_000;
const BAR_MS = TIMEFRAME_MS.M15;
const TRADES = 12;
const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1);
/** What an action has that nothing was told of. */
const NO_ANSWER = { code: 0, volume: null };
const INSTRUMENT = { tickSize: 0.01, volumeMin: 0.1, volumeStep: 0.1 };

interface Course {
  readonly seed: number;
  readonly rate: number;
  readonly marginMode: MarginMode;
  readonly partialFill?: number;
}

/** Plans at random for the positions of the newest complete snapshot, at most one action a trade at a time. */
class Planner {
  readonly #leases: ScriptedLeaseClient;
  readonly #random: () => number;
  #count = 0;

  constructor(leases: ScriptedLeaseClient, seed: number) {
    this.#leases = leases;
    this.#random = seededRandom(seed);
  }

  plan(price: number): void {
    const snapshot = this.#leases.snapshots.findLast(({ complete }) => complete);
    for (const position of snapshot?.positions ?? []) {
      const isTrade = position.comment.startsWith('trade');
      const isBusy = this.#leases.open.some((entry) => entry.action.ticket === position.identifier);
      if (isTrade && !isBusy && this.#random() < 0.4) this.#leases.plan(this.#any(position, price));
    }
  }

  #any(position: BrokerPosition, price: number): LeasedAction {
    const { identifier: ticket, direction, volume } = position;
    this.#count += 1;
    const hedgeTicket = this.#hedgeOf(ticket);
    const types: ActionType[] = ['TIGHTEN_SL', 'TIGHTEN_SL', 'PARTIAL_CLOSE', 'RE_ADD'];
    types.push(hedgeTicket === null ? 'OPEN_HEDGE' : 'CLOSE_HEDGE');
    const isLast = this.#random() < 0.01;
    const type = isLast ? 'CLOSE_ALL' : (types[Math.floor(this.#random() * types.length)] ?? 'RE_ADD');
    const away = price * 0.01 * (1 + this.#random());
    const stopLoss =
      type === 'OPEN_HEDGE' ? price + favourable(direction) * away : price - favourable(direction) * away;
    return action(type, {
      ticket,
      direction,
      hedgeTicket,
      tag: `a${this.#count}`,
      stopLoss: type === 'TIGHTEN_SL' || type === 'OPEN_HEDGE' ? Number(stopLoss.toFixed(2)) : null,
      volume: type === 'RE_ADD' ? 0.2 : Math.max(0.1, Math.round(volume * 5) / 10),
    });
  }

  #hedgeOf(ticket: bigint): bigint | null {
    const last = this.#leases.entries.findLast(
      (entry) =>
        entry.action.ticket === ticket && entry.action.type.endsWith('HEDGE') && entry.status === 'DONE',
    );
    return last?.action.type === 'OPEN_HEDGE' ? (last.result?.openedTicket ?? null) : null;
  }
}

async function run({ seed, rate, marginMode, partialFill = 0 }: Course) {
  const broker = paperBroker({
    account: { marginMode },
    instrument: INSTRUMENT,
    execution: { seed, partialFill },
  });
  const { bars } = syntheticMarket({ seed, timeframe: 'M15', bars: 120, from: T0, price: 100, digits: 2 });
  const trades = marginMode === 'netting' ? 1 : TRADES;
  for (let n = 0; n < trades; n++) {
    const direction = n % 2 === 0 ? 'BUY' : 'SELL';
    broker.adopt({
      identifier: 1_000n + BigInt(n),
      symbol: SYMBOL,
      direction,
      volume: 2,
      entryPrice: 100,
      stopLoss: direction === 'BUY' ? 90 : 110,
      takeProfit: null,
      magicNumber: 7n,
      comment: `trade ${n}`,
      openedAt: T0,
    });
  }
  const leases = new ScriptedLeaseClient(() => broker.now);
  const terminal = new PaperTerminal(broker, { faults: rate === 0 ? NO_FAULTS : evenFaults(seed, rate) });
  const bridge = new Bridge(leases, terminal);
  const planner = new Planner(leases, seed + 1);
  const turn = async () => {
    leases.expireLeases();
    await bridge.reconcile();
    await bridge.drain();
  };
  for (const bar of bars) {
    const ask = bar.ask?.open ?? bar.bar.open;
    broker.quote(SYMBOL, { bid: bar.bar.open, ask }, bar.bar.time);
    await turn();
    planner.plan(bar.bar.open);
    await turn();
    broker.advance(bar.bar.time + MINUTE);
    await turn();
    broker.bar(SYMBOL, bar, bar.bar.time + BAR_MS);
  }
  for (let rounds = 0; leases.open.length > 0 && rounds < 200; rounds++) {
    broker.advance(broker.now + MINUTE);
    await turn();
  }
  return { broker, leases, terminal, bridge };
}

describe.each<MarginMode>(['hedging', 'netting'])('a fifth of all calls is faulty (%s)', (marginMode) => {
  const courses: Awaited<ReturnType<typeof run>>[] = [];

  beforeAll(async () => {
    // One trade nets into few orders: it takes more courses.
    for (const seed of marginMode === 'hedging' ? [1, 2, 3, 4, 5] : SEEDS) {
      const course = await run({ seed, rate: 0.2, marginMode, partialFill: 0.1 });
      const { broker, bridge, leases } = course;
      do {
        broker.advance(broker.now + MINUTE);
        await bridge.reconcile();
      } while (leases.snapshots.at(-1)?.complete !== true);
      courses.push(course);
    }
  });

  it('every action ends, is carried out at most once, and as the leases was told', () => {
    let unanswered = 0;
    for (const { broker, leases, terminal } of courses) {
      expect(leases.open).toEqual([]);
      expect(broker.ledger.repeated()).toEqual([]);
      for (const fault of ORDER_FAULTS) unanswered += terminal.happened.get(fault) ?? 0;
      for (const { action: planned, status, result } of leases.entries) {
        const executed = broker.ledger.executions(planned.tag).length;
        const outcome = outcomeOf(result ?? NO_ANSWER, planned.type);
        if (status === 'REJECTED') expect(executed).toBe(0);
        else if (outcome === 'DONE') expect([planned.tag, executed]).toEqual([planned.tag, 1]);
      }
    }
    // With too little going wrong this would prove nothing.
    expect(unanswered).toBeGreaterThan(marginMode === 'hedging' ? 100 : 10);
  });

  it('no stop loosens, no volume is off its step, the deals add up', () => {
    for (const { broker } of courses) {
      expect(broker.ledger.loosened()).toEqual([]);
      const net = new Map<bigint, number>();
      for (const { positionIdentifier, direction, volume } of broker.deals(0)) {
        const signed = favourable(direction) * Math.round(volume * 10);
        expect(volume).toBe(Math.abs(signed) / 10);
        net.set(positionIdentifier, (net.get(positionIdentifier) ?? 0) + signed);
      }
      for (const { identifier, direction, volume } of broker.positions()) {
        expect(net.get(identifier)).toBe(favourable(direction) * Math.round(volume * 10));
      }
    }
  });

  it('the last complete snapshot shows what the broker has, and every forced close was told once', () => {
    for (const { broker, leases } of courses) {
      const shown = leases.snapshots.at(-1)?.positions ?? [];
      expect(shown).toEqual(
        broker.positions().map((position) => ({ ...position, swap: broker.swapDistance(position) })),
      );
      const forced = broker.deals(0).filter(({ reason }) => reason !== 'CLIENT');
      expect(leases.closes.map(({ ticket, price }) => [ticket, price]).sort()).toEqual(
        forced.map(({ positionIdentifier, price }) => [positionIdentifier, price]).sort(),
      );
    }
  });
});

describe('the faults', () => {
  it('all happen, about as often as they should', async () => {
    const { terminal, broker } = await run({ seed: 9, rate: 0.4, marginMode: 'hedging' });
    for (const kind of [...ORDER_FAULTS, ...QUERY_FAULTS])
      expect([kind, terminal.happened.has(kind)]).toEqual([kind, true]);
    expect([...terminal.happened.keys()].some((kind) => Number(kind) > 0)).toBe(true);
    expect(broker.ledger.tags).toBeGreaterThan(50);
  });

  it('with the same seed make the same course, call by call, and with another seed another', async () => {
    const course = { seed: 5, rate: 0.2, marginMode: 'hedging' as const };
    const first = await run(course);
    const again = await run(course);
    expect(again.leases.journal).toEqual(first.leases.journal);
    expect(again.broker.deals(0)).toEqual(first.broker.deals(0));
    const other = await run({ ...course, seed: 6 });
    expect(other.leases.journal).not.toEqual(first.leases.journal);
  });

  it('without any of them every action is settled by its report', async () => {
    const { leases, terminal } = await run({ seed: 5, rate: 0, marginMode: 'hedging' });
    expect(terminal.happened.size).toBe(0);
    expect(leases.entries.length).toBeGreaterThan(50);
    expect(
      leases.entries.filter(({ result }) => outcomeOf(result ?? NO_ANSWER, 'CLOSE_ALL') === 'UNKNOWN'),
    ).toEqual([]);
  });
});
