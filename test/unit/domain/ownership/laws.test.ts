// Random courses of four managers, DTMS and the clock, checked against a ledger that knows only what was
// said to whom: who holds which lease, since when, and what has become of it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NO_UPDATE } from '../../../../src/domain/actions/broker-update.js';
import { unitsOf } from '../../../../src/domain/actions/quantise.js';
import { updateTrade } from '../../../../src/domain/changes/commands.js';
import {
  acquireModification,
  commitModification,
  type Done,
  modificationsEndAt,
  type Refused,
  releaseModification,
  sweepModifications,
} from '../../../../src/domain/changes/modifications.js';
import type { Direction } from '../../../../src/domain/market/direction.js';
import { recordedOwner } from '../../../../src/domain/ownership/ownership.js';
import type { TradeEvent } from '../../../../src/domain/trade/event.js';
import { TRADE_FIELDS, type TradeField } from '../../../../src/domain/trade/owner.js';
import { STATES, type State } from '../../../../src/domain/trade/state.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { nextVersion } from '../../../../src/domain/trade/version.js';

import { actionOn, contextAt, EXIT, OWNERSHIP, SCALPER, UNIVERSAL } from '../../../support/managers.js';
import { runs } from '../../../support/properties.js';
import { T0, tradeOf } from '../../../support/trades.js';

const TRAILER = 'trailer';
const MANAGERS = [UNIVERSAL, EXIT, SCALPER, TRAILER];
const RULES = { ...OWNERSHIP, managers: { ...OWNERSHIP.managers, [TRAILER]: 250 } };

type Command =
  | {
      readonly do: 'acquire';
      readonly manager: string;
      readonly field: TradeField;
      readonly overridden: boolean;
    }
  /** The lease given so many grants ago. */
  | { readonly do: 'commit'; readonly ago: number; readonly size: number }
  | {
      readonly do: 'release';
      readonly ago: number;
      readonly applied: 'applied' | 'not_applied';
      readonly ownership: 'keep' | 'give_up';
    }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'sweep' }
  | { readonly do: 'enter'; readonly state: State }
  | { readonly do: 'act'; readonly field: TradeField | null }
  /** The broker tells a stop this much tighter. */
  | { readonly do: 'tell'; readonly tighter: number };

const OPEN_STATES = STATES.filter((state) => state !== 'CLOSED');
const field = fc.constantFrom(...TRADE_FIELDS);
const ago = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 4 }));
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      manager: fc.constantFrom(...MANAGERS),
      field,
      overridden: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('commit' as const), ago, size: fc.integer({ min: -1, max: 9 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      ago,
      applied: fc.constantFrom('applied' as const, 'applied' as const, 'not_applied' as const),
      ownership: fc.constantFrom('keep' as const, 'give_up' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 4000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'sweep' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('enter' as const), state: fc.constantFrom(...OPEN_STATES) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('act' as const), field: fc.option(field, { nil: null }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('tell' as const), tighter: fc.integer({ min: 0, max: 3 }) }),
  },
);

/** What was said of one lease. */
interface Ticket {
  readonly manager: string;
  readonly field: TradeField;
  readonly token: number;
  readonly endsAt: number;
  readonly overridden: boolean;
  committed: { readonly value: number | null } | null;
  /** Released, or taken by another. */
  over: boolean;
}

class Course {
  readonly #sign: 1 | -1;
  readonly tickets: Ticket[] = [];
  trade: Trade;
  now = T0;
  /** DTMS has an action at a bridge on this field. */
  acting: TradeField | null = null;
  counts = { grants: 0, commits: 0, lost: 0, refusals: 0, applied: 0 };

  constructor(direction: Direction) {
    this.#sign = direction === 'BUY' ? 1 : -1;
    this.trade = tradeOf({}, { direction });
  }

  run(one: Command): void {
    switch (one.do) {
      case 'acquire':
        this.#acquire(one);
        break;
      case 'commit':
        this.#commit(one);
        break;
      case 'release':
        this.#release(one);
        break;
      case 'wait':
        this.now += one.ms;
        break;
      case 'sweep':
        this.#take(sweepModifications(this.trade, this.now, T0));
        expect(modificationsEndAt(this.trade)).toBeGreaterThan(this.now);
        break;
      case 'enter':
        this.trade = nextVersion(this.trade, { state: one.state });
        break;
      case 'act':
        this.acting = one.field;
        this.trade = nextVersion(this.trade, {
          actions: one.field === null ? [] : [actionOn(one.field, 'EXECUTING')],
        });
        break;
      case 'tell': {
        const stopLoss = (this.trade.stopLoss ?? 0) + this.#sign * one.tighter;
        this.#take(updateTrade(this.trade, { ...NO_UPDATE, stopLoss }, T0, this.#context()));
      }
    }
  }

  #context() {
    return contextAt(this.now, { ownership: RULES });
  }

  /** DTMS stands in the way of everybody without an override; its action, of everybody. */
  #dtmsOwns(field: TradeField, overridden: boolean): boolean {
    const defends = this.trade.state === 'WARNING_L2' || this.trade.state === 'HEDGED';
    return (defends && !overridden) || (this.acting === field && field !== 'TAKE_PROFIT');
  }

  #live(field: TradeField): Ticket | undefined {
    return this.tickets.find((ticket) => ticket.field === field && !ticket.over && ticket.endsAt > this.now);
  }

  #acquire({ manager, field: wanted, overridden }: Extract<Command, { do: 'acquire' }>): void {
    const live = this.#live(wanted);
    const owner = recordedOwner(this.trade, wanted);
    const override = overridden ? { by: 'kim', reason: 'test' } : null;
    const request = { manager, field: wanted, leaseMs: 3000, override };
    const outcome = acquireModification(this.trade, request, this.#context());
    if (this.trade.state === 'CLOSED' || this.#dtmsOwns(wanted, overridden) || live?.committed) {
      expect(outcome.outcome).toBe('refused');
    } else if (overridden || ((live === undefined || live.manager === manager) && owner === null)) {
      expect(outcome.outcome).toBe('done');
    }
    if (outcome.outcome === 'refused') {
      this.counts.refusals += 1;
      return;
    }
    const { token, endsAt } = outcome.lease;
    expect(token).toBeGreaterThan(this.tickets.at(-1)?.token ?? 0);
    if (live !== undefined) live.over = true;
    this.#take(outcome.events);
    expect(this.trade.version).toBe(token);
    this.tickets.push({ manager, field: wanted, token, endsAt, overridden, committed: null, over: false });
    this.counts.grants += 1;
  }

  #commit({ ago: back, size }: Extract<Command, { do: 'commit' }>): void {
    const ticket = this.tickets.at(-1 - back);
    if (ticket === undefined) return;
    const value = this.#valueFor(ticket.field, size);
    const outcome = commitModification(this.trade, { token: ticket.token, value }, this.#context());
    const live = this.#live(ticket.field) === ticket && this.trade.state !== 'CLOSED';
    const again = ticket.committed !== null;
    const may = again
      ? live && ticket.committed?.value === value
      : live && !this.#dtmsOwns(ticket.field, ticket.overridden) && this.#legal(ticket, value);
    expect(outcome.outcome, JSON.stringify({ ticket, value, state: this.trade.state })).toBe(
      may ? 'done' : 'refused',
    );
    if (outcome.outcome === 'refused') {
      if (!live) this.counts.lost += 1;
      return;
    }
    expect(outcome.events).toHaveLength(again ? 0 : 1);
    this.#take(outcome.events);
    if (!again) {
      ticket.committed = { value };
      this.counts.commits += 1;
      expect(recordedOwner(this.trade, ticket.field)).toBe(ticket.manager);
    }
  }

  #release({ ago: back, applied, ownership }: Extract<Command, { do: 'release' }>): void {
    const ticket = this.tickets.at(-1 - back);
    if (ticket === undefined) return;
    const before = this.trade;
    const live = this.#live(ticket.field) === ticket && before.state !== 'CLOSED';
    const request = { token: ticket.token, applied, ownership };
    const outcome: Done | Refused = releaseModification(before, request, this.#context());
    const may = live && (applied === 'not_applied' || ticket.committed !== null);
    expect(outcome.outcome).toBe(may ? 'done' : 'refused');
    if (outcome.outcome === 'refused') return;
    ticket.over = true;
    this.#take(outcome.events, ticket);
    if (outcome.events.length > 1) this.counts.applied += 1;
    if (applied === 'not_applied') {
      expect(this.trade).toMatchObject({ stopLoss: before.stopLoss, volume: before.volume });
    }
    if (ownership === 'give_up') {
      expect(recordedOwner(this.trade, ticket.field)).not.toBe(ticket.manager);
    }
  }

  #valueFor(wanted: TradeField, size: number): number | null {
    switch (wanted) {
      case 'STOP_LOSS':
        return (this.trade.stopLoss ?? 0) + this.#sign * size;
      case 'TAKE_PROFIT':
        return size === 0 ? null : 100 + size;
      case 'VOLUME':
        return Math.max(0, Math.round((this.trade.volume - size * 0.05) * 100) / 100);
    }
  }

  #legal({ field: wanted, overridden }: Ticket, value: number | null): boolean {
    if (wanted === 'STOP_LOSS') {
      return overridden || this.#sign * ((value ?? 0) - (this.trade.stopLoss ?? 0)) >= 0;
    }
    return wanted === 'TAKE_PROFIT' || (value !== null && value <= this.trade.volume);
  }

  /** Takes events over, those of a release with its lease, and checks what must hold of each. */
  #take(events: readonly TradeEvent[], released?: Ticket): void {
    for (const { trade, change } of events) {
      const before = this.trade;
      expect(trade.version).toBe(before.version + 1);
      const moved = this.#sign * ((trade.stopLoss ?? 0) - (before.stopLoss ?? 0));
      if (!released?.overridden) expect(moved).toBeGreaterThanOrEqual(0);
      expect(trade.volume).toBeLessThanOrEqual(before.volume);
      expect(trade.volume).toBeGreaterThanOrEqual(0);
      expect(unitsOf(trade.volume, 0.01, 'down')).toBe(unitsOf(trade.volume, 0.01, 'up'));
      for (const each of TRADE_FIELDS) {
        const entries = trade.owners.filter((entry) => entry.field === each);
        expect(entries.filter(({ lease }) => lease !== null).length).toBeLessThanOrEqual(1);
        expect(entries.filter(({ lease }) => lease?.committed ?? true).length).toBeLessThanOrEqual(1);
      }
      if (change.kind === 'stateChanged') expect(change.to).toBe('CLOSED');
      this.trade = trade;
    }
  }
}

it('no course breaks the rules, and the answers are those of the ledger', () => {
  const total = { grants: 0, commits: 0, lost: 0, refusals: 0, applied: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom('BUY' as const, 'SELL' as const),
      fc.array(command, { minLength: 10, maxLength: 60 }),
      (direction, commands) => {
        const course = new Course(direction);
        for (const one of commands) course.run(one);
        for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += course.counts[name];
      },
    ),
    { numRuns: runs(600) },
  );
  // Too little traffic would prove nothing.
  for (const [name, count] of Object.entries(total)) expect(count, name).toBeGreaterThan(100);
});
