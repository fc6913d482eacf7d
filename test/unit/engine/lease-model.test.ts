// Any interleaving of two bridges, a broker, time, crashes, restarts, people and reconciliation keeps the
// promises of leases: promise 10 (one valid lease, one begin, no retry of its own accord) and promise 11
// (every action ends, or is in doubt with an alarm). Control runs without a guard must be caught.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { begin, holds } from '../../../src/domain/changes/lease.js';
import { actionOf, beginAction } from '../../../src/engine/leases.js';
import { GUARDED, type Guards, LeaseModel, momentOf, World } from '../../support/lease-model.js';

import { anySteps, pass, plan } from '../../support/lease-steps.js';
import { runs } from '../../support/properties.js';

const WEEK = 7 * 24 * 3_600_000;

/** Runs steps from a beginning in which something is to do, and lets time pass at their end. */
function course(guards: Guards, covered: Map<string, number>) {
  return fc.property(anySteps, (taken) => {
    const model = new LeaseModel();
    const world = new World(guards);
    fc.modelRun(
      () => ({ model, real: world }),
      [
        plan(1, 'PARTIAL_CLOSE', 104),
        plan(2, 'OPEN_HEDGE', 104),
        plan(3, 'RE_ADD', 104),
        plan(1, 'MOVE_SL_BREAKEVEN', 104),
        ...taken,
        pass(61_000),
        pass(301_000),
        // What the end of a week brings about, such as a close because no stop was placed, ends with another.
        pass(WEEK),
        pass(WEEK),
        pass(301_000),
      ],
    );
    model.checkOver(world);
    for (const [step, count] of model.steps) covered.set(step, (covered.get(step) ?? 0) + count);
  });
}

describe('leases', () => {
  it('keep their promises under any interleaving', () => {
    const covered = new Map<string, number>();
    fc.assert(course(GUARDED, covered), { numRuns: runs(400), seed: 20_251_122 });
    // A run with too little traffic is void.
    const missing = [
      ...[
        'lease: PENDING>LEASED',
        'lease: PENDING>EXPIRED',
        'begin: LEASED>EXECUTING',
        'extend: EXECUTING>EXECUTING',
        'lease: PENDING>HELD',
        ...['begin: LEASED>PENDING', 'begin: LEASED>EXPIRED', 'begin: LEASED>HELD'],
        ...['order: PENDING>PENDING', 'order: LEASED>LEASED'],
        ...['extend: LEASED>PENDING', 'extend: LEASED>EXPIRED', 'person: HELD>PENDING'],
      ],
      ...['report: EXECUTING>DONE', 'report: EXECUTING>REJECTED', 'report: EXECUTING>PENDING'],
      ...['report: EXECUTING>IN_DOUBT', 'report: IN_DOUBT>DONE', 'stale report: PENDING>IN_DOUBT'],
      ...[
        'stale report: LEASED>IN_DOUBT',
        'stale report: EXECUTING>EXECUTING',
        'stale report: IN_DOUBT>IN_DOUBT',
      ],
      ...[
        'time: LEASED>PENDING',
        'time: EXECUTING>IN_DOUBT',
        'time: IN_DOUBT>IN_DOUBT',
        'time: PENDING>DEAD',
      ],
      ...[
        'person: IN_DOUBT>DONE',
        'person: IN_DOUBT>PENDING',
        'person: IN_DOUBT>EXPIRED',
        'person: REJECTED>PENDING',
      ],
      ...['look: IN_DOUBT>DONE', 'look: IN_DOUBT>PENDING', 'look: IN_DOUBT>DEAD'],
    ].filter((step) => (covered.get(step) ?? 0) < 3);
    expect(missing).toEqual([]);
  });

  const CONTROLS: readonly (readonly [string, Guards, RegExp])[] = [
    [
      'a bridge that does not ask before it goes to the broker',
      { ...GUARDED, mayExecute: () => true },
      / at the broker: |is (PENDING|LEASED|REJECTED|DEAD|EXPIRED)/,
    ],
    [
      'a begin that does not look at the token',
      {
        ...GUARDED,
        begin: (engine, actionId, token, requestId, now) => {
          const newest = actionOf(engine, actionId)?.action.lease?.token ?? token;
          return beginAction(engine, actionId, newest, requestId, momentOf(now));
        },
      },
      /^begin of/,
    ],
    [
      'a begin that does not look at the clock',
      {
        ...GUARDED,
        begin: (engine, actionId, token, requestId) =>
          beginAction(engine, actionId, token, requestId, momentOf(0)),
      },
      /^begin of/,
    ],
    [
      'a begin that takes every call for a repeat of the first',
      {
        ...GUARDED,
        begin: (engine, actionId, token, requestId, now) => {
          const first = actionOf(engine, actionId)?.action.begunBy || requestId;
          return beginAction(engine, actionId, token, first, momentOf(now));
        },
      },
      /^begin of/,
    ],
    [
      'a begin that does not look at the order again',
      {
        ...GUARDED,
        begin: (engine, actionId, token, requestId, now) => {
          const found = actionOf(engine, actionId);
          const moment = momentOf(now);
          if (found?.action.status !== 'LEASED' || !holds(found.action, token, now))
            return beginAction(engine, actionId, token, requestId, moment);
          engine.act(found.trade.spec, (current) => begin(current, found.action, requestId, moment));
          return { outcome: 'ok', ...found };
        },
      },
      /^begin of \S+ under \d+: [a-z]/,
    ],
  ];
  it.each(CONTROLS)('are missed when there is no guard: %s', (_name, guards, complaint) => {
    const run = fc.check(course(guards, new Map()), {
      numRuns: runs(400),
      seed: 20_251_122,
      endOnFailure: true,
    });
    expect(run.failed).toBe(true);
    expect(run.errorInstance).toMatchObject({ message: expect.stringMatching(complaint) });
  });
});
