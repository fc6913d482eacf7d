// What an exit manager is told, by a clock of the test's own and a server that comes and goes.
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import {
  BatchGetOwnershipResponse,
  Ownership,
  Permission,
} from '../../../gen/ts/dtms/v1/ownership_service.js';
import {
  Defence,
  type DefenceSource,
  DtmsCallError,
  ErrorReason,
  type Modification,
  TradeField,
  TradeState,
  type WatchMessage,
} from '../../../src/client/index.js';
import { runs } from '../../support/properties.js';

const FIELD_OF: Record<Modification, TradeField> = {
  stop_loss: TradeField.STOP_LOSS,
  breakeven: TradeField.STOP_LOSS,
  trailing: TradeField.STOP_LOSS,
  take_profit: TradeField.TAKE_PROFIT,
  volume: TradeField.VOLUME,
  partial_profit: TradeField.VOLUME,
};
const KINDS = Object.keys(FIELD_OF) as Modification[];
const TICKETS = [1n, 2n, 3n];
const ONLY_RISK_OFF = new Set<Modification>(['breakeven', 'partial_profit']);

const failure = (code: status, reason?: ErrorReason) =>
  new DtmsCallError(
    '/dtms.v1.OwnershipService/BatchGetOwnership',
    {
      code,
      reason: reason as Exclude<ErrorReason, ErrorReason.UNSPECIFIED> | undefined,
      message: 'scripted',
      metadata: {},
      violations: [],
      retryAfterMs: undefined,
      correlationId: undefined,
    },
    undefined,
  );

interface Truth {
  readonly at: number;
  readonly ownership: Ownership | null;
}

/** A server whose trades the test changes, with everything it ever was. */
class Model implements DefenceSource {
  now = 0;
  reachable = true;
  refusal: DtmsCallError | null = null;
  calls = 0;
  /** Answers arrive after this. */
  onItsWay: Promise<void> = Promise.resolve();
  failedAt = Number.NEGATIVE_INFINITY;
  readonly #history = new Map<bigint, Truth[]>();
  readonly #messages: WatchMessage[] = [];
  #wake: () => void = () => {};

  readonly batchGetOwnership: DefenceSource['batchGetOwnership'] = async ({ tickets = [] }) => {
    this.calls += 1;
    if (this.refusal !== null) throw this.refusal;
    if (!this.reachable) {
      this.failedAt = this.now;
      throw failure(status.UNAVAILABLE);
    }
    const asked = tickets.map(BigInt);
    const answer = BatchGetOwnershipResponse.fromPartial({
      ownerships: asked.flatMap((ticket) => this.truth(ticket) ?? []),
      unknownTickets: asked.filter((ticket) => this.truth(ticket) === null),
    });
    await this.onItsWay;
    return answer;
  };

  async *watchTrades({ signal }: { signal?: AbortSignal }): AsyncGenerator<WatchMessage> {
    signal?.addEventListener('abort', () => this.#wake(), { once: true });
    while (signal?.aborted !== true) {
      const message = this.#messages.shift();
      if (message !== undefined) yield message;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  /** How it stands with a trade, at a moment. */
  truth(ticket: bigint, at = this.now): Ownership | null {
    return this.#history.get(ticket)?.findLast((entry) => entry.at <= at)?.ownership ?? null;
  }

  /** A change, a moment later. */
  set(ticket: bigint, state: TradeState, allowed: readonly boolean[]): void {
    this.now += 1;
    const defensive = state === TradeState.WARNING_L2 || state === TradeState.HEDGED;
    const permissions = [TradeField.STOP_LOSS, TradeField.TAKE_PROFIT, TradeField.VOLUME].map(
      (field, index) =>
        Permission.fromPartial({
          field,
          allowed: !defensive && allowed[index] === true,
          owner: 'x',
          reason: ErrorReason.FIELD_OWNED,
          note: 'n',
        }),
    );
    const tradeVersion = (this.truth(ticket)?.tradeVersion ?? 0n) + 1n;
    const ownership = Ownership.fromPartial({
      account: 'demo',
      ticket,
      state,
      defensive,
      permissions,
      tradeVersion,
    });
    const entries = this.#history.get(ticket) ?? [];
    this.#history.set(ticket, [...entries, { at: this.now, ownership }]);
    const event = TradeEvent.fromPartial({ ticket, state, tradeVersion });
    this.#messages.push({ $case: 'events', value: { revision: 1n, events: [event] } });
  }

  /** Lets the watch take what happened. */
  async tell(): Promise<void> {
    this.#wake();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function guard(model: Model, options: Partial<ConstructorParameters<typeof Defence>[2]> = {}): Defence {
  return new Defence(model, 'demo', { manager: 'exit', clock: () => model.now, ...options });
}

const ALL = [true, true, true];

describe('answers', () => {
  it('go from fresh over cached and last known to conservative, and back', async () => {
    const model = new Model();
    model.set(1n, TradeState.HEALTHY, ALL);
    const began = model.now;
    const defence = guard(model);
    const ask = () => defence.mayModify(1n, 'trailing');
    expect(await ask()).toMatchObject({ allowed: true, source: 'fresh', ageMs: 0 });
    model.now = began + 9_999;
    expect(await ask()).toMatchObject({ allowed: true, source: 'cached', ageMs: 9_999 });
    model.reachable = false;
    model.now = began + 10_000;
    expect(await ask()).toMatchObject({ allowed: true, source: 'last_known', ageMs: 10_000 });
    model.now = began + 29_999;
    expect(await ask()).toMatchObject({ allowed: true, source: 'last_known', ageMs: 29_999 });
    model.now = began + 30_000;
    expect(await ask()).toMatchObject({ allowed: false, source: 'conservative', ageMs: 30_000 });
    expect(await defence.mayModify(1n, 'breakeven')).toMatchObject({ allowed: true, source: 'conservative' });
    expect(await defence.isDefensive(1n)).toMatchObject({ defensive: true, source: 'conservative' });
    expect(await defence.isDefensive(2n)).toMatchObject({ source: 'conservative', ageMs: null });
    model.reachable = true;
    model.now = began + 31_000;
    expect(await ask()).toMatchObject({ allowed: true, source: 'fresh', ageMs: 0 });
  });

  it('asked together are one call, and a server that is away is not asked again at once', async () => {
    const model = new Model();
    const defence = guard(model);
    await Promise.all([...TICKETS, ...TICKETS].map((ticket) => defence.isDefensive(ticket)));
    expect(model.calls).toBe(1);
    model.reachable = false;
    model.now = 20_000;
    await Promise.all(TICKETS.map((ticket) => defence.isDefensive(ticket)));
    model.now = 20_999;
    await defence.isDefensive(1n);
    expect(model.calls).toBe(2);
    model.now = 21_000;
    await defence.isDefensive(1n);
    expect(model.calls).toBe(3);
  });

  it('say that DTMS does not know a trade', async () => {
    const defence = guard(new Model());
    expect(await defence.mayModify(7n, 'breakeven')).toMatchObject({
      allowed: false,
      source: 'fresh',
      reason: ErrorReason.TRADE_NOT_FOUND,
    });
    expect(await defence.isDefensive(7n)).toMatchObject({ defensive: false, source: 'cached' });
  });

  it('are errors only for what waiting does not cure', async () => {
    const model = new Model();
    const defence = guard(model);
    model.refusal = failure(status.PERMISSION_DENIED);
    await expect(defence.mayModify(1n, 'trailing')).rejects.toBe(model.refusal);
    model.refusal = failure(status.INTERNAL, ErrorReason.INTERNAL);
    expect(await defence.mayModify(1n, 'trailing')).toMatchObject({ source: 'conservative', allowed: false });
    model.now += 2_000;
    model.refusal = failure(status.DEADLINE_EXCEEDED, ErrorReason.DEADLINE_EXCEEDED);
    expect(await defence.mayModify(1n, 'trailing')).toMatchObject({ source: 'conservative', allowed: false });
  });

  it('change at once with a watch, also while DTMS cannot be asked', async () => {
    const model = new Model();
    model.set(1n, TradeState.HEALTHY, ALL);
    const defence = guard(model, { refresh: 'watch' });
    await model.tell();
    expect(await defence.mayModify(1n, 'trailing')).toMatchObject({ allowed: true, source: 'fresh' });
    model.reachable = false;
    model.set(1n, TradeState.WARNING_L2, ALL);
    await model.tell();
    expect(await defence.mayModify(1n, 'trailing')).toMatchObject({
      allowed: false,
      source: 'last_known',
      owner: 'dtms_manager',
    });
    expect(await defence.isDefensive(1n)).toMatchObject({ defensive: true, state: TradeState.WARNING_L2 });
    defence.close();
    await model.tell();
  });

  it('know of an event that overtakes an answer on its way', async () => {
    const model = new Model();
    model.set(1n, TradeState.HEALTHY, ALL);
    const defence = guard(model, { refresh: 'watch' });
    await model.tell();
    await defence.isDefensive(1n);
    model.now += 10_000;
    let arrive: () => void = () => {};
    model.onItsWay = new Promise((resolve) => {
      arrive = resolve;
    });
    const asked = defence.mayModify(1n, 'trailing');
    await model.tell();
    model.set(1n, TradeState.HEDGED, ALL);
    await model.tell();
    arrive();
    expect(await asked).toMatchObject({ allowed: false, owner: 'dtms_manager' });
    // It is asked again, and not only after the cache's time.
    expect(await defence.isDefensive(1n)).toMatchObject({ defensive: true, source: 'fresh' });
    expect(model.calls).toBe(3);
    defence.close();
    await model.tell();
  });
});

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reachable' as const), yes: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      ticket: fc.constantFrom(...TICKETS),
      state: fc.constantFrom(
        TradeState.HEALTHY,
        TradeState.WARNING_L1,
        TradeState.WARNING_L2,
        TradeState.HEDGED,
        TradeState.CLOSED,
      ),
      allowed: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      ticket: fc.constantFrom(...TICKETS),
      what: fc.constantFrom(...KINDS),
    }),
  },
);

describe('laws', () => {
  it('an answer is what DTMS said at its age, within its time, or the conservative rule', async () => {
    const sources = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const model = new Model();
        const defence = guard(model);
        for (const action of steps) {
          if (action.kind === 'wait') model.now += action.ms;
          else if (action.kind === 'reachable') model.reachable = action.yes;
          else if (action.kind === 'set') model.set(action.ticket, action.state, action.allowed);
          else {
            const answer = await defence.mayModify(action.ticket, action.what);
            const { defensive, source } = await defence.isDefensive(action.ticket);
            sources.add(answer.source);
            const ageMs = answer.ageMs ?? Number.POSITIVE_INFINITY;
            // DTMS is done without only when it failed to answer just now.
            const isAway = answer.source === 'conservative' || answer.source === 'last_known';
            expect(isAway).toBe(model.now - model.failedAt < 1_000 && ageMs >= 10_000);
            if (answer.source === 'conservative') {
              expect(ageMs).toBeGreaterThanOrEqual(30_000);
              expect(answer.allowed).toBe(ONLY_RISK_OFF.has(action.what));
              expect([source, defensive]).toEqual(['conservative', true]);
              continue;
            }
            expect(ageMs).toBeLessThan({ fresh: 1, cached: 10_000, last_known: 30_000 }[answer.source]);
            const said = model.truth(action.ticket, model.now - ageMs);
            const permission = said?.permissions.find(({ field }) => field === FIELD_OF[action.what]);
            expect(answer.allowed).toBe(permission?.allowed ?? false);
            expect(defensive).toBe(said?.defensive ?? false);
          }
        }
      }),
      { numRuns: runs(300) },
    );
    // A run that never came to one of them would prove nothing of it.
    expect(sources).toEqual(new Set(['fresh', 'cached', 'last_known', 'conservative']));
  });
});
