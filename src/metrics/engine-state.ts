// Owns what a scrape shows of the engine: asked of the leading term when somebody looks. A server that does
// not lead shows no trades, so sums over several servers are right.
import { tradingStateOf } from '../domain/account/account.js';
import { TRADING_STATES, type TradingState } from '../domain/account/account-rules.js';
import { UNDEFENDED_REASONS, type UndefendedReason } from '../domain/account/undefended.js';
import { type Action, OPEN_STATUSES } from '../domain/trade/action.js';
import { STATES } from '../domain/trade/state.js';
import { undefendedOf } from '../engine/account-risk.js';
import { waitsForSnapshot } from '../engine/leases.js';
import type { Term } from '../engine/term.js';
import { counter, type Family, gauge, type Labels } from '../observability/metrics/families.js';
import { exposureFamily, moneyFamilies } from './account-money.js';
import { symbolAges } from './market-age.js';

/** What of a term is looked at. */
export type EngineStanding = Pick<Term, 'engine' | 'clock' | 'pending' | 'databaseNow'>;

/** @param term - null on a server that does not lead */
export function engineFamilies(term: EngineStanding | null): Family[] {
  return [
    ...tradeFamilies(term),
    ...accountFamilies(term),
    ...moneyFamilies(term?.engine.accounts.all() ?? []),
    exposureFamily(term),
    ...actionFamilies(term),
    ...marketFamilies(term),
    gauge('dtms_pending_writes', 'Things that wait to become durable.', term?.pending ?? 0),
  ];
}

function tradeFamilies(term: EngineStanding | null): Family[] {
  const counters = term?.engine.counters;
  return [
    gauge(
      'dtms_active_trades',
      'Trades that are not closed, by state.',
      STATES.filter((state) => state !== 'CLOSED').map((state) => [{ state }, counters?.byState[state] ?? 0]),
    ),
    gauge(
      'dtms_trades_without_data',
      'Active trades whose symbol has no market data on their feed.',
      counters?.waitingForData ?? 0,
    ),
  ];
}

function accountFamilies(term: EngineStanding | null): Family[] {
  const accounts = accountsOf(term);
  return [
    gauge(
      'dtms_accounts',
      'Accounts of which something is known, by what DTMS may do on them.',
      TRADING_STATES.map((state) => [{ trading_state: state }, accounts.states.get(state) ?? 0]),
    ),
    gauge('dtms_bridges', 'Bridges by whether their heartbeat is fresh and says they can trade.', [
      [{ state: 'ready' }, accounts.ready],
      [{ state: 'not_trading' }, accounts.notTrading],
      [{ state: 'silent' }, accounts.silent],
    ]),
    gauge(
      'dtms_positions_undefended',
      "Positions at the brokers that are no trade's, so that nobody defends them, by why.",
      undefendedCounts(term),
    ),
    counter(
      'dtms_payments_unproven_total',
      'Payments that were told, never moved the balance and so did not count, since this server took the lead.',
      term?.engine.accounts.unproven ?? 0,
    ),
  ];
}

function undefendedCounts(term: EngineStanding | null): [Labels, number][] {
  const counts = new Map<UndefendedReason, number>();
  for (const { account } of term?.engine.accounts.all() ?? []) {
    for (const { reason } of term === null ? [] : undefendedOf(account, term.engine)) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  return UNDEFENDED_REASONS.map((reason) => [{ reason: reason.toLowerCase() }, counts.get(reason) ?? 0]);
}

function actionFamilies(term: EngineStanding | null): Family[] {
  const actions = actionsOf(term);
  return [
    gauge('dtms_actions_open', 'Actions that are not settled, by type and status.', actions.open),
    gauge(
      'dtms_action_oldest_age_seconds',
      "Since the oldest action in this status was planned, or waited again, by the database's clock.",
      OPEN_STATUSES.map((status) => [{ status }, actions.oldest.get(status) ?? 0]),
    ),
    gauge(
      'dtms_lease_oldest_age_seconds',
      'Since BeginAction of the oldest action that is EXECUTING.',
      actions.oldestBegun,
    ),
    gauge(
      'dtms_actions_in_doubt_overdue',
      'Actions IN_DOUBT that nothing settled by their deadline.',
      actions.overdue,
    ),
    gauge(
      'dtms_actions_unshown',
      'Actions that no bridge gets because the broker has not shown the position they are for.',
      actions.unshown,
    ),
    gauge(
      'dtms_dead_letters',
      'Actions that ended REJECTED or DEAD and can be replayed.',
      term?.engine.counters.deadLetters ?? 0,
    ),
  ];
}

function marketFamilies(term: EngineStanding | null): Family[] {
  const markets = symbolAges(term);
  return [
    gauge(
      'dtms_market_data_age_seconds',
      'Since the newest data of a symbol, by the database\'s clock (a recorded feed: by its own), below 0 for data dated ahead; the 200 symbols with the most trades by name, the oldest of the rest as "other".',
      markets.ages,
    ),
    gauge(
      'dtms_market_data_stale_symbols',
      'Symbols with trades whose newest closed bar is too old to act on while their market is open.',
      markets.stale,
    ),
    gauge(
      'dtms_feed_skew_seconds',
      "How far ahead of the database's clock a live feed dates its data: its newest, or what was refused of it in the last 15 minutes; feeds that are not ahead are left out.",
      markets.skews,
    ),
    counter(
      'dtms_market_items_refused_total',
      'Market data that was refused, by feed and fault, since this server took the lead.',
      refusedItems(term),
    ),
    counter(
      'dtms_market_items_held_total',
      'Market data that was not believed at once (held), and what became of it (confirmed or dropped), by feed, since this server took the lead.',
      heldItems(term),
    ),
    gauge('dtms_market_views', 'Symbols with market data.', term?.engine.counters.views ?? 0),
  ];
}

function refusedItems(term: EngineStanding | null): [Labels, number][] {
  const counts = [...(term?.engine.faults.counts() ?? [])];
  return counts.map(({ feed, fault, count }) => [{ feed, fault: fault.toLowerCase() }, count]);
}

function heldItems(term: EngineStanding | null): [Labels, number][] {
  return [...(term?.engine.faults.heldCounts() ?? [])].map(({ feed, outcome, count }) => [
    { feed, outcome },
    count,
  ]);
}

interface Actions {
  readonly open: [Labels, number][];
  /** Seconds by status. */
  readonly oldest: ReadonlyMap<Action['status'], number>;
  readonly oldestBegun: number;
  readonly overdue: number;
  readonly unshown: number;
}

function actionsOf(term: EngineStanding | null): Actions {
  const counts = new Map<string, { labels: Labels; count: number }>();
  const oldest = new Map<Action['status'], number>();
  let [oldestBegun, overdue, unshown] = [0, 0, 0];
  if (term === null) return { open: [], oldest, oldestBegun, overdue, unshown };
  const now = term.databaseNow();
  for (const account of term.engine.acting.accounts()) {
    for (const trade of term.engine.acting.trades(account)) {
      for (const action of trade.actions) {
        const { type, status, plannedAt, waitsSince, begunAt, settleBy } = action;
        const known = counts.get(`${type} ${status}`) ?? { labels: { type, status }, count: 0 };
        known.count += 1;
        counts.set(`${type} ${status}`, known);
        oldest.set(status, Math.max(oldest.get(status) ?? 0, (now - (waitsSince ?? plannedAt)) / 1000));
        if (status === 'EXECUTING' && begunAt !== null) {
          oldestBegun = Math.max(oldestBegun, (now - begunAt) / 1000);
        }
        if (status === 'IN_DOUBT' && settleBy !== null && settleBy <= now) overdue += 1;
        if (waitsForSnapshot(term.engine, trade, action)) unshown += 1;
      }
    }
  }
  const open = [...counts.values()].map(({ labels, count }): [Labels, number] => [labels, count]);
  return { open, oldest, oldestBegun, overdue, unshown };
}

function accountsOf(term: EngineStanding | null) {
  const states = new Map<TradingState, number>();
  let [ready, notTrading, silent] = [0, 0, 0];
  if (term === null) return { states, ready, notTrading, silent };
  const { rules, accounts } = term.engine;
  const now = term.databaseNow();
  for (const account of accounts.all()) {
    // Rails hold until a broker time; the database's clock is close enough to say how many hold.
    const { state } = tradingStateOf(account, now, rules);
    states.set(state, (states.get(state) ?? 0) + 1);
    for (const { seenAt, connected, tradeAllowed } of Object.values(account.bridges)) {
      if (now - seenAt > rules.actions.heartbeatMaximumAgeMs) silent += 1;
      else if (connected && tradeAllowed) ready += 1;
      else notTrading += 1;
    }
  }
  return { states, ready, notTrading, silent };
}
