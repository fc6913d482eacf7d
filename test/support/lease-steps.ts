// The steps of a model run of leases: what bridges, people, time and reconciliation do to a world, each with
// what the model says it must answer.

import fc from 'fast-check';
import { expect } from 'vitest';
import { NO_UPDATE } from '../../src/domain/actions/broker-update.js';
import { notExecuted, settle } from '../../src/domain/changes/action-life.js';
import type { Action, ActionResult } from '../../src/domain/trade/action.js';
import { tradeOfAction } from '../../src/domain/trade/action-id.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import { closePosition } from '../../src/engine/close-positions.js';
import { releaseHeld } from '../../src/engine/holds.js';
import {
  actionOf,
  extendLease,
  leaseDue,
  replayAction,
  reportAction,
  resolveAction,
  sweepLeases,
} from '../../src/engine/leases.js';
import { resultOf } from './actions.js';
import { type Held, LEASE_MS, type LeaseModel, momentOf, truth, type World } from './lease-model.js';

/** A step of the model run, by name. */
class Step implements fc.Command<LeaseModel, World> {
  readonly #name: string;
  readonly #run: (model: LeaseModel, world: World) => void;

  constructor(name: string, run: (model: LeaseModel, world: World) => void) {
    this.#name = name;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  run(model: LeaseModel, world: World): void {
    this.#run(model, world);
  }

  toString(): string {
    return this.#name;
  }
}

const pick = <T>(list: readonly T[], dice: number): T | undefined => list[dice % Math.max(1, list.length)];
const ticketOf = ({ actionId, token }: Held): bigint =>
  BigInt(actionId.split(':')[1] ?? 0) * 100_000n + BigInt(token);

function lease(bridge: number, maxLeases: number): Step {
  return new Step(`lease(${bridge}, ${maxLeases})`, (model, world) => {
    const work = { account: 'demo', bridge: `b${bridge}`, maxLeases, leaseMs: LEASE_MS };
    const before = heldBy(world, bridge);
    const leased = leaseDue(world.engine, work, momentOf(world.now));
    expect(leased.length).toBeLessThanOrEqual(Math.max(0, maxLeases - before));
    for (const { action } of leased) {
      const token = action.lease?.token ?? 0;
      expect(action.lease?.endsAt).toBe(world.now + LEASE_MS);
      world.remember({
        actionId: action.actionId,
        type: action.type,
        token,
        bridge,
        requestId: '',
        answer: null,
      });
    }
    model.settleUp(world, 'lease');
  });
}

const heldBy = (world: World, bridge: number): number =>
  world.open().filter(({ action: { lease: held, status } }) => {
    return held?.bridge === `b${bridge}` && (status === 'LEASED' || status === 'EXECUTING');
  }).length;

interface Begin {
  readonly bridge: number;
  readonly dice: number;
  /** What the broker does if it is asked. */
  readonly fills: boolean;
  /** A copy of the bridge that knows nothing of an earlier begin; else the same call is repeated. */
  readonly fresh: boolean;
  /** The answer does not arrive, so the broker is not touched. */
  readonly lost: boolean;
}

/** Begins, and goes to the broker at once when that is granted. */
function begin({ bridge, dice, fills, fresh, lost }: Begin): Step {
  const name = `begin(${bridge}, ${dice}${fills ? ', fills' : ''}${fresh ? ', fresh' : ''}${lost ? ', lost' : ''})`;
  return new Step(name, (model, world) => {
    const held = pick(world.bridges[bridge] ?? [], dice);
    if (held === undefined) return;
    const { actionId, token } = held;
    const requestId = fresh || held.requestId === '' ? world.nextRequest() : held.requestId;
    const again = model.actions.get(actionId)?.status === 'EXECUTING';
    const forbidden = again ? '' : world.forbids(actionId);
    const granted = model.mayBegin(actionId, token, requestId, world.now) && forbidden === '';
    const step = world.guards.begin(world.engine, actionId, token, requestId, world.now);
    expect(step.outcome === 'ok', `begin of ${actionId} under ${token}: ${forbidden}`).toBe(granted);
    if (granted) model.begunBy(actionId, requestId);
    const answer = fresh ? null : held.answer;
    const goes = world.guards.mayExecute(step) && !lost && answer === null;
    if (goes && fills) world.ledger.set(actionId, (world.ledger.get(actionId) ?? 0) + 1);
    if (goes) world.remember({ ...held, requestId, answer: fills ? 'FILLED' : 'REFUSED' });
    else if (granted) world.remember({ ...held, requestId });
    model.settleUp(world, 'begin');
  });
}

/** Reports truthfully, or that the answer was lost. */
function report(bridge: number, dice: number, refusal: ActionResult): Step {
  return new Step(`report(${bridge}, ${dice}, ${refusal.outcome})`, (model, world) => {
    const held = pick(world.bridges[bridge] ?? [], dice);
    if (held === undefined || held.answer === null) return;
    told(
      model,
      world,
      held,
      refusal.outcome === 'UNKNOWN' ? refusal : truth(held.answer, refusal, ticketOf(held)),
    );
  });
}

/** A lease of long ago is reported; where it was never begun, what is reported is made up. */
function reportOld(dice: number, result: ActionResult): Step {
  return new Step(`reportOld(${dice}, ${result.outcome})`, (model, world) => {
    const held = pick(world.history, dice);
    if (held === undefined) return;
    const refusal = result.outcome === 'DONE' ? resultOf('REJECTED') : result;
    if (held.answer !== null) told(model, world, held, truth(held.answer, refusal, ticketOf(held)));
    else if (!model.counts(held.actionId, held.token)) told(model, world, held, result);
  });
}

function told(model: LeaseModel, world: World, held: Held, result: ActionResult): void {
  const counts = model.counts(held.actionId, held.token);
  const { actionId, token } = held;
  const step = reportAction(world.engine, actionId, token, result, `b${held.bridge}`, momentOf(world.now));
  expect(step.outcome === 'ok', `report of ${actionId} under ${token}`).toBe(counts);
  model.settleUp(world, counts ? 'report' : 'stale report');
}

function extend(bridge: number, dice: number, leaseMs: number): Step {
  return new Step(`extend(${bridge}, ${dice}, ${leaseMs})`, (model, world) => {
    const held = pick(world.bridges[bridge] ?? [], dice);
    if (held === undefined) return;
    const begun = model.actions.get(held.actionId)?.status === 'EXECUTING';
    const allowed = begun || world.forbids(held.actionId) === '';
    const granted = model.holds(held.actionId, held.token, world.now) && allowed;
    const before = model.actions.get(held.actionId)?.endsAt ?? 0;
    const step = extendLease(world.engine, held.actionId, held.token, leaseMs, momentOf(world.now));
    expect(step.outcome === 'ok').toBe(granted);
    model.settleUp(world, 'extend');
    if (granted) {
      expect(model.actions.get(held.actionId)?.endsAt).toBe(Math.max(before, world.now + leaseMs));
    }
  });
}

/** Time passes, and is noticed. */
export function pass(milliseconds: number): Step {
  return new Step(`pass(${milliseconds})`, (model, world) => {
    world.now += milliseconds;
    sweepLeases(world.engine, world.now, () => momentOf(world.now).at);
    model.settleUp(world, 'time');
    for (const { action } of world.open()) {
      const { status, lease: held, settleBy } = action;
      if (status === 'LEASED' || status === 'EXECUTING') expect(held?.endsAt).toBeGreaterThan(world.now);
      if (status === 'IN_DOUBT' && settleBy !== null) expect(settleBy).toBeGreaterThan(world.now);
    }
  });
}

function crash(bridge: number): Step {
  return new Step(`crash(${bridge})`, (_model, world) => {
    world.bridges[bridge] = [];
  });
}

/** Time passes before anybody notices: the server was down. */
function restart(milliseconds: number): Step {
  return new Step(`restart(${milliseconds})`, (model, world) => {
    world.now += milliseconds;
    world.restart();
    model.settleUp(world, 'plan');
  });
}

export function plan(ticket: number, type: ActionType, price: number): Step {
  return new Step(`plan(${ticket}, ${type}, ${price})`, (model, world) => {
    world.plan(BigInt(ticket), type, price);
    model.settleUp(world, 'plan');
  });
}

/** The price moves, and nothing is planned. */
function quote(price: number): Step {
  return new Step(`quote(${price})`, (model, world) => {
    world.quote(price);
    model.settleUp(world, 'plan');
  });
}

/** A person limits or frees the account. */
function set(state: World['tradingState']): Step {
  return new Step(`set(${state})`, (_model, world) => world.set(state));
}

/** A person stops or resumes what DTMS does for a trade. */
function pause(ticket: bigint, what: 'pause' | 'resume'): Step {
  return new Step(`${what}(${ticket})`, (model, world) => {
    if ((world.engine.get('demo', ticket)?.state ?? 'CLOSED') === 'CLOSED') return;
    world.engine[what]({ account: 'demo', ticket }, '', momentOf(world.now).at);
    model.settleUp(world, 'plan');
  });
}

/** The broker holds less than DTMS thought, or another stop. */
function differs(ticket: bigint, share: number, stopLoss: number): Step {
  return new Step(`differs(${ticket}, ${share}, ${stopLoss})`, (model, world) => {
    const trade = world.engine.get('demo', ticket);
    if (trade === undefined || trade.state === 'CLOSED') return;
    const volume = Math.max(0.01, Math.round(trade.volume * share * 100) / 100);
    const { at } = momentOf(world.now);
    world.engine.update({ account: 'demo', ticket }, { ...NO_UPDATE, volume, stopLoss }, at);
    model.settleUp(world, 'plan');
  });
}

/** Too much of a kind happens at once. */
function trip(kind: 'CLOSE' | 'HEDGE'): Step {
  return new Step(`trip(${kind})`, (_model, { engine, now }) => {
    engine.breaker.admit(kind, 'demo', [1n, 2n, 3n], now);
  });
}

/** A person orders a position closed. */
function orderClose(ticket: bigint): Step {
  return new Step(`orderClose(${ticket})`, (model, world) => {
    const order = { by: 'anna', reason: 'out' };
    closePosition(world.engine, { account: 'demo', ticket }, order, momentOf(world.now).at);
    model.settleUp(world, 'order');
  });
}

/** A person lets go on what is held. */
function release(): Step {
  return new Step('release', (model, world) => {
    const word = { account: 'demo', actionIds: [], by: 'anna', reason: '' };
    releaseHeld(world.engine, word, () => momentOf(world.now).at);
    model.settleUp(world, 'person');
  });
}

/** A person who has looked at the broker settles a doubt. */
function resolve(dice: number, givesUp: boolean): Step {
  return new Step(`resolve(${dice}, ${givesUp})`, (model, world) => {
    const found = pick(
      world.open().filter(({ action }) => action.status === 'IN_DOUBT'),
      dice,
    );
    if (found === undefined) return;
    const executed = world.ledger.has(found.action.actionId);
    const moment = momentOf(world.now);
    const resolution = givesUp
      ? ({ how: 'give-up' } as const)
      : executed
        ? ({ how: 'done', result: doneOf(found.action) } as const)
        : ({ how: 'retry' } as const);
    resolveAction(world.engine, found, resolution, 'anna', '', moment);
    model.settleUp(world, 'person');
  });
}

function replay(dice: number): Step {
  return new Step(`replay(${dice})`, (model, world) => {
    const letters = [...world.engine.trades()].flatMap(({ deadLetters }) => deadLetters);
    const found = actionOf(world.engine, pick(letters, dice)?.actionId ?? '');
    if (found === null) return;
    replayAction(world.engine, found, 'anna', '', momentOf(world.now));
    model.settleUp(world, 'person');
  });
}

/** What somebody who has looked says of an order that was carried out: of a hedge also which position it is. */
function doneOf({ type, actionId }: Action): ActionResult {
  const opened = 1000n + (tradeOfAction(actionId)?.ticket ?? 0n);
  return resultOf('DONE', type === 'OPEN_HEDGE' ? { openedTicket: opened } : {});
}

/** A reconciliation that sees what is at the broker. */
function look(): Step {
  return new Step('look', (model, world) => {
    const moment = momentOf(world.now);
    for (const { trade, action } of world.open()) {
      if (action.status !== 'IN_DOUBT') continue;
      const executed = world.ledger.has(action.actionId);
      world.engine.act(trade.spec, (current, context) => {
        const open = current.actions.find(({ actionId }) => actionId === action.actionId);
        if (open === undefined) return [];
        return executed
          ? settle(current, open, doneOf(open), 'reconciliation', moment, context)
          : notExecuted(current, open, 'reconciliation', moment, context);
      });
      model.settleUp(world, 'look');
    }
  });
}

const TYPES: readonly ActionType[] = [
  'MOVE_SL_BREAKEVEN',
  'PARTIAL_CLOSE',
  'OPEN_HEDGE',
  'CLOSE_ALL',
  'RE_ADD',
];
const bridge = fc.integer({ min: 0, max: 1 });
const dice = fc.nat(1000);
const ticket = fc.integer({ min: 1, max: 3 }).map(BigInt);
const seldom = fc.constantFrom(true, false, false, false);
const price = fc.integer({ min: 85, max: 115 });
const answer = fc
  .constantFrom(
    'REJECTED' as const,
    'RETRYABLE' as const,
    'RETRYABLE' as const,
    'MARKET_CLOSED' as const,
    'UNKNOWN' as const,
  )
  .map((outcome) => resultOf(outcome));
const claim = fc
  .constantFrom('DONE' as const, 'UNKNOWN' as const, 'REJECTED' as const)
  .map((outcome) => resultOf(outcome));

/** Written as often as they are to be likely. */
const leasing = fc.tuple(bridge, fc.integer({ min: 1, max: 6 })).map(([who, most]) => lease(who, most));
const beginning = fc.record({ bridge, dice, fills: fc.boolean(), fresh: seldom, lost: seldom }).map(begin);
const reporting = fc.tuple(bridge, dice, answer).map(([who, n, result]) => report(who, n, result));
const planning = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(...TYPES), price)
  .map(([n, type, at]) => plan(n, type, at));
const extending = fc
  .tuple(bridge, dice, fc.constantFrom(1000, LEASE_MS, 60_000))
  .map(([who, n, ms]) => extend(who, n, ms));
const passing = fc.constantFrom(1, 1000, 1000, 5000, 20_000, LEASE_MS, 310_000).map(pass);

/** What makes of an order that was legal when it was leased one that is not, and back. */
const disturbing = fc.oneof(
  price.map(quote),
  fc.constantFrom('ACTIVE' as const, 'ACTIVE' as const, 'REDUCING' as const, 'HALTED' as const).map(set),
  fc.tuple(ticket, fc.constantFrom('pause' as const, 'resume' as const)).map(([n, what]) => pause(n, what)),
  fc
    .tuple(ticket, fc.constantFrom(0.5, 1), fc.integer({ min: 85, max: 115 }))
    .map(([n, share, stop]) => differs(n, share, stop)),
  fc.constantFrom('CLOSE' as const, 'HEDGE' as const).map(trip),
  fc.constant(release()),
  ticket.map(orderClose),
);

/** Any interleaving of them. */
export const anySteps = fc.commands(
  [
    ...[leasing, leasing, leasing, beginning, beginning, beginning, beginning, beginning],
    ...[reporting, reporting, reporting, reporting, planning, planning, passing, passing, passing],
    fc.tuple(dice, claim).map(([n, result]) => reportOld(n, result)),
    extending,
    extending,
    bridge.map(crash),
    fc.constantFrom(0, LEASE_MS + 1).map(restart),
    fc.tuple(dice, seldom).map(([n, givesUp]) => resolve(n, givesUp)),
    dice.map(replay),
    fc.constant(look()),
    fc.constant(look()),
    disturbing,
  ],
  { maxCommands: 160, size: 'max' },
);
