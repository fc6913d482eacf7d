// Lease clients with a guard taken away, for control runs: a test of exactly-once that passes with them proves
// nothing.
import type { LeaseClient, LeasedAction } from '../../src/bridge/lease-client.js';
import { EngineTarget } from '../../src/replay/engine-target.js';
import type { ReplayTarget } from '../../src/replay/target.js';

type Wrapping = (leases: LeaseClient) => LeaseClient;

/** An engine in this process whose leases is not what it should be. */
export class UnguardedTarget extends EngineTarget {
  readonly #wrap: Wrapping;

  constructor(rules: ConstructorParameters<typeof EngineTarget>[0], wrap: Wrapping) {
    super(rules);
    this.#wrap = wrap;
  }

  override async begin(...terms: Parameters<ReplayTarget['begin']>): Promise<LeaseClient> {
    return this.#wrap(await super.begin(...terms));
  }
}

/** Every call as it is. */
function through(leases: LeaseClient): LeaseClient {
  return {
    lease: (limit) => leases.lease(limit),
    begin: (action) => leases.begin(action),
    report: (action, result) => leases.report(action, result),
    heartbeat: (report) => leases.heartbeat(report),
    reconcile: (snapshot) => leases.reconcile(snapshot),
    closed: (ticket, reason, price, at) => leases.closed(ticket, reason, price, at),
  };
}

/** Gives every action out twice, and lets both begin it. */
export function beginsTwice(leases: LeaseClient): LeaseClient {
  const copies = new Set<LeasedAction>();
  return {
    ...through(leases),
    lease: async (limit) => {
      const leased = await leases.lease(limit);
      return leased.flatMap((action) => {
        const copy = { ...action };
        copies.add(copy);
        return [action, copy];
      });
    },
    begin: async (action) => copies.has(action) || leases.begin(action),
  };
}

/** Takes snapshots and does nothing with them. */
export function neverReconciles(leases: LeaseClient): LeaseClient {
  return { ...through(leases), reconcile: async () => ({ probe: [], drifts: 0, rejected: [] }) };
}
