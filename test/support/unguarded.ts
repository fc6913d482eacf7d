// Desks with a guard taken away, for control runs: a test of exactly-once that passes with them proves
// nothing.
import type { Desk, LeasedAction } from '../../src/bridge/desk.js';
import { EngineTarget } from '../../src/replay/engine-target.js';
import type { ReplayTarget } from '../../src/replay/target.js';

type Wrapping = (desk: Desk) => Desk;

/** An engine in this process whose desk is not what it should be. */
export class UnguardedTarget extends EngineTarget {
  readonly #wrap: Wrapping;

  constructor(rules: ConstructorParameters<typeof EngineTarget>[0], wrap: Wrapping) {
    super(rules);
    this.#wrap = wrap;
  }

  override async begin(...terms: Parameters<ReplayTarget['begin']>): Promise<Desk> {
    return this.#wrap(await super.begin(...terms));
  }
}

/** Every call as it is. */
function through(desk: Desk): Desk {
  return {
    lease: (limit) => desk.lease(limit),
    begin: (action) => desk.begin(action),
    report: (action, result) => desk.report(action, result),
    heartbeat: (report) => desk.heartbeat(report),
    reconcile: (snapshot) => desk.reconcile(snapshot),
    closed: (ticket, reason, price, at) => desk.closed(ticket, reason, price, at),
  };
}

/** Gives every action out twice, and lets both begin it. */
export function beginsTwice(desk: Desk): Desk {
  const copies = new Set<LeasedAction>();
  return {
    ...through(desk),
    lease: async (limit) => {
      const leased = await desk.lease(limit);
      return leased.flatMap((action) => {
        const copy = { ...action };
        copies.add(copy);
        return [action, copy];
      });
    },
    begin: async (action) => copies.has(action) || desk.begin(action),
  };
}

/** Takes snapshots and does nothing with them. */
export function neverReconciles(desk: Desk): Desk {
  return { ...through(desk), reconcile: async () => ({ probe: [], drifts: 0 }) };
}
