// Owns leasing due actions to a bridge.

import { emptyAccount } from '../domain/account/account.js';
import { bridgeObstacle } from '../domain/account/bridges.js';
import { type LeasedWork, leasedWork } from '../domain/actions/leased-work.js';
import { followedFeed } from '../engine/feed-rights.js';
import { heldBy, leaseDue } from '../engine/leases.js';
import { bridgeNotReady } from '../errors/errors.js';
import { type Deciding, type ImmediateCommand, journalled } from './command.js';
import { marketTime } from './dates.js';

/** Who asks for work, and for how much. */
export interface WantedLeases {
  readonly account: string;
  readonly bridge: string;
  /** Leases it may hold at once, those it has included. */
  readonly maxLeases: number;
  /** null means the configured time. */
  readonly leaseMs: number | null;
  /** Market time, UTC ms; null means now. */
  readonly occurredAt: number | null;
}

export interface Leased {
  readonly actions: readonly LeasedWork[];
  readonly revision: number;
}

/** `scope`: what is due, or with it what the bridge has and has not begun. The command throws BRIDGE_NOT_READY. */
export const leaseActions = journalled(
  'leaseActions',
  (wanted: WantedLeases, scope: 'due' | 'held and due'): ImmediateCommand<Leased> => {
    const { account, bridge } = wanted;
    return {
      apply: (term) => {
        const { engine } = term;
        const now = term.databaseNow();
        const known = engine.accounts.get(account) ?? emptyAccount(account);
        const obstacle = bridgeObstacle(known, bridge, now, engine.rules);
        if (obstacle !== '') throw bridgeNotReady(account, bridge, 'lease actions', obstacle);
        const leaseMs = wanted.leaseMs ?? engine.rules.actions.leaseMs;
        const at = marketTimeOf(term, account, wanted.occurredAt);
        const held = scope === 'due' ? [] : heldBy(engine, wanted, now);
        const found = [...held, ...leaseDue(engine, { ...wanted, leaseMs }, { at, now })];
        const actions = found.map((one) => leasedWork(one, engine));
        return { respond: (revision) => ({ actions, revision }) };
      },
    };
  },
);

/** What the bridge says it is, where that can be; else the newest among the feeds of trades that have work. */
function marketTimeOf(term: Deciding, account: string, occurredAt: number | null): number {
  const { engine } = term;
  const feeds = engine.acting.feeds(account).map((feed) => followedFeed(engine, feed, account));
  const times = feeds.map((feed) => marketTime(occurredAt, feed, term));
  return times.length === 0 ? marketTime(occurredAt, '', term) : Math.max(...times);
}
