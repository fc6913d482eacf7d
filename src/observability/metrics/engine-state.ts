// Owns what a scrape shows of the engine: asked of the leading term when somebody looks. A server that does
// not lead shows no trades, so sums over several servers are right.
import { tradingStateOf } from '../../domain/account.js';
import { type Action, STATES, type TradingState } from '../../domain/types.js';
import type { Term } from '../../engine/term.js';
import { type Family, gauge, type Labels } from './families.js';
import { symbolAges } from './market-age.js';

const TRADING_STATES: readonly TradingState[] = ['ACTIVE', 'REDUCING', 'HALTED'];
const OPEN: readonly Action['status'][] = ['PENDING', 'LEASED', 'EXECUTING', 'IN_DOUBT'];

/** What of a term is looked at. */
export type EngineStanding = Pick<Term, 'engine' | 'clock' | 'pending' | 'databaseNow'>;

/** @param term - null on a server that does not lead */
export function engineFamilies(term: EngineStanding | null): Family[] {
  const counters = term?.engine.counters;
  const actions = actionsOf(term);
  const accounts = accountsOf(term);
  const markets = symbolAges(term);
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
    gauge('dtms_actions_open', 'Actions that are not settled, by type and status.', actions.open),
    gauge(
      'dtms_action_oldest_age_seconds',
      'Since the oldest action in this status was planned, by the time of its market.',
      OPEN.map((status) => [{ status }, actions.oldest.get(status) ?? 0]),
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
      'dtms_dead_letters',
      'Actions that ended REJECTED or DEAD and can be replayed.',
      counters?.deadLetters ?? 0,
    ),
    gauge(
      'dtms_market_data_age_seconds',
      'Since the newest data of a symbol, by the wall clock; the 200 symbols with the most trades by name, the oldest of the rest as "other".',
      markets.ages,
    ),
    gauge(
      'dtms_market_data_stale_symbols',
      'Symbols with trades whose newest closed bar is too old to act on while their market is open.',
      markets.stale,
    ),
    gauge('dtms_market_views', 'Symbols with market data.', counters?.views ?? 0),
    gauge('dtms_pending_writes', 'Things that wait to become durable.', term?.pending ?? 0),
  ];
}

interface Actions {
  readonly open: [Labels, number][];
  /** Seconds by status. */
  readonly oldest: ReadonlyMap<Action['status'], number>;
  readonly oldestBegun: number;
  readonly overdue: number;
}

function actionsOf(term: EngineStanding | null): Actions {
  const counts = new Map<string, { labels: Labels; count: number }>();
  const oldest = new Map<Action['status'], number>();
  let [oldestBegun, overdue] = [0, 0];
  if (term === null) return { open: [], oldest, oldestBegun, overdue };
  const now = term.databaseNow();
  for (const account of term.engine.actingAccounts()) {
    for (const { spec, actions } of term.engine.actingTrades(account)) {
      const marketTime = term.clock.now(spec.feed);
      for (const { type, status, plannedAt, begunAt, settleBy } of actions) {
        const known = counts.get(`${type} ${status}`) ?? { labels: { type, status }, count: 0 };
        known.count += 1;
        counts.set(`${type} ${status}`, known);
        oldest.set(status, Math.max(oldest.get(status) ?? 0, (marketTime - plannedAt) / 1000));
        if (status === 'EXECUTING' && begunAt !== null) {
          oldestBegun = Math.max(oldestBegun, (now - begunAt) / 1000);
        }
        if (status === 'IN_DOUBT' && settleBy !== null && settleBy <= now) overdue += 1;
      }
    }
  }
  const open = [...counts.values()].map(({ labels, count }): [Labels, number] => [labels, count]);
  return { open, oldest, oldestBegun, overdue };
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
