// Policies under load: bars, registrations, upserts, deletions and assignments in any order, against a model that only knows which
// version each trade must have. No trade ever has a mix of two; what a preview says is what the assignment does; stops only tighten.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_UPDATE } from '../../../src/domain/actions/broker-update.js';
import { favourable } from '../../../src/domain/market/direction.js';
import { DEFAULT_SYMBOLS } from '../../../src/domain/market/symbols.js';
import type { PolicyTerms } from '../../../src/domain/policy/policy.js';
import { policyFor, versionOf } from '../../../src/domain/policy/policy-book.js';
import { ruleName } from '../../../src/domain/policy/rule-text.js';
import type { Action } from '../../../src/domain/trade/action.js';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import type { PolicyRef } from '../../../src/domain/trade/policy-ref.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import { assign, policyChange } from '../../../src/engine/policy-changes.js';
import { LIVELY } from '../../support/engine-course.js';
import { anyPolicy } from '../../support/policies.js';
import { runs } from '../../support/properties.js';
import { barItem, take } from '../../support/scripted-view.js';
import { MONDAY, syntheticBars } from '../../support/synthetic-market.js';
import { specOf, TERMS } from '../../support/trades.js';

const M15 = 900_000;
const WARM = 60;
const STEPS = 60;
const NAMES = ['a', 'b', 'c'] as const;

type Step =
  | { readonly kind: 'bars'; readonly count: number }
  | { readonly kind: 'register'; readonly direction: 'BUY' | 'SELL' }
  | { readonly kind: 'upsert'; readonly terms: PolicyTerms }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'assign'; readonly name: string; readonly ticket: number }
  | { readonly kind: 'fill'; readonly ticket: number };

const name = fc.constantFrom(...NAMES);
const ticket = fc.integer({ min: 1, max: 8 });
const stepOf: fc.Arbitrary<Step> = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ kind: fc.constant('bars' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('register' as const),
    direction: fc.constantFrom('BUY' as const, 'SELL' as const),
  }),
  fc.record({ kind: fc.constant('upsert' as const), terms: anyPolicy(NAMES) }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('assign' as const), name: fc.oneof(name, fc.constant('dtms')), ticket }),
  fc.record({ kind: fc.constant('fill' as const), ticket }),
);

/** The engine and, beside it, what each trade must have. */
class Course {
  readonly engine = new Engine(LIVELY);
  readonly tried = { planned: 0, assigned: 0 };
  readonly #bars;
  readonly #models = new Map<bigint, PolicyRef | null>();
  #next = 0;

  constructor(seed: number) {
    this.#bars = syntheticBars({ seed, count: WARM + 4 * STEPS, length: M15 });
    this.engine.upsertInstrument(TERMS);
    this.#push(WARM);
    this.engine.drain();
  }

  step(step: Step): void {
    const { engine } = this;
    switch (step.kind) {
      case 'bars':
        this.#push(step.count);
        break;
      case 'upsert':
        engine.policies.upsert(step.terms, () => true);
        break;
      case 'delete':
        engine.policies.delete(step.name, () => true);
        break;
      case 'register':
        this.#register(step.direction);
        break;
      case 'assign':
        this.#assign(step.name, BigInt(step.ticket));
        break;
      case 'fill':
        this.#fill(BigInt(step.ticket));
        break;
    }
    this.#check();
  }

  #push(count: number): void {
    for (const bar of this.#bars.slice(this.#next, this.#next + count))
      take(this.engine, 'default', barItem(bar));
    this.#next += count;
  }

  get #now(): number {
    return MONDAY + this.#next * M15;
  }

  #register(direction: 'BUY' | 'SELL'): void {
    const entryPrice = this.#bars[this.#next - 1]?.close ?? 100;
    const stopLoss = entryPrice - favourable(direction) * 8;
    const id = BigInt(this.#models.size + 1);
    const spec = specOf({ ticket: id, direction, entryPrice, stopLoss, openedAt: this.#now });
    const policy = policyFor(this.engine.policies.book, spec, 'BTCUSD', DEFAULT_SYMBOLS);
    this.#models.set(id, policy === null ? null : { name: policy.name, version: policy.version });
    this.engine.register(spec, this.#now);
  }

  #assign(policyName: string, id: bigint): void {
    const { engine } = this;
    const trade = engine.get('demo', id);
    const known =
      policyName === 'dtms' ||
      engine.policies.book.entries.some((entry) => entry.name === policyName && !entry.isDeleted);
    if (trade === undefined || trade.state === 'CLOSED' || !known) return;
    const policy = engine.policies.require(policyName);
    const previewed = policyChange(engine, trade, policy, 'a test', this.#now);
    expect(engine.get('demo', id)).toBe(trade);
    expect(engine.isChanged).toBe(false);
    this.#models.set(id, policy === null ? null : { name: policy.name, version: policy.version });
    const events = engine.undrained.length;
    const assigned = assign(engine, trade, policy, 'a test', this.#now);
    expect(assigned).toEqual(previewed);
    if (assigned !== null) this.tried.assigned += 1;
    const planned = engine.undrained.slice(events).flatMap(plannedBy);
    expect(planned).toEqual(previewed?.planned ?? []);
  }

  /** The broker does what is asked for. */
  #fill(id: bigint): void {
    const trade = this.engine.get('demo', id);
    const stop = trade?.actions.findLast(({ stopLoss }) => stopLoss !== null)?.stopLoss ?? null;
    if (trade === undefined || trade.state === 'CLOSED' || stop === null) return;
    this.engine.update(trade.spec, { ...NO_UPDATE, stopLoss: stop }, this.#now);
  }

  /** Each event is decided by the version its trade must have, and by nothing of another. */
  #check(): void {
    const { events } = this.engine.drain();
    for (const event of events) this.#checkEvent(event);
    for (const trade of this.engine.trades())
      expect(trade.policy).toEqual(this.#models.get(trade.spec.ticket));
  }

  #checkEvent({ trade, change }: TradeEvent): void {
    const model = this.#models.get(trade.spec.ticket) ?? null;
    expect(trade.policy).toEqual(model);
    const policy = model === null ? undefined : versionOf(this.engine.policies.book, model);
    expect(policy === undefined).toBe(model === null);
    const names = policy?.rules.map(ruleName) ?? [];
    const planned = plannedBy({ trade, change, at: 0 });
    this.tried.planned += planned.length;
    for (const action of planned) {
      if (action.rule !== '') expect(names).toContain(action.rule);
      if (policy?.mode === 'observe') throw new Error('what is only observed was planned');
      if (action.rule === '' && change.kind === 'stateChanged')
        expect(policy?.plan.leftOut ?? []).not.toContain(action.type);
      expectTighter(trade, action);
    }
    if (change.kind === 'actionPlanned' && change.cause.startsWith('policy '))
      expect(change.cause).toBe(`policy ${model?.name}, version ${model?.version}`);
    if (change.kind === 'stateChanged' && change.cause !== 'REQUESTED')
      expect(policy?.plan.states).not.toBe('off');
    expect(volumeChanges(trade)).toBeLessThanOrEqual(1);
  }
}

function plannedBy({ change }: TradeEvent): readonly Action[] {
  return change.kind === 'stateChanged' || change.kind === 'actionPlanned' ? change.planned : [];
}

function expectTighter({ spec, stopLoss }: Trade, action: Action): void {
  if (action.stopLoss === null || stopLoss === null || action.type === 'OPEN_HEDGE') return;
  expect(favourable(spec.direction) * (action.stopLoss - stopLoss)).toBeGreaterThan(0);
}

/** Open actions by rules that change the volume: one at a time. */
function volumeChanges({ actions }: Trade): number {
  return actions.filter(({ rule, volume }) => rule !== '' && volume !== null).length;
}

test('no trade has a mix of two versions, and a preview is what then happens', () => {
  const tried = { planned: 0, assigned: 0 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.array(stepOf, { minLength: 30, maxLength: STEPS }),
      (seed, steps) => {
        const course = new Course(seed);
        for (const step of steps) course.step(step);
        tried.planned += course.tried.planned;
        tried.assigned += course.tried.assigned;
      },
    ),
    { numRuns: runs(20) },
  );
  expect(tried.planned).toBeGreaterThan(50);
  expect(tried.assigned).toBeGreaterThan(5);
});
