// Owns what needs a person now: computed from the present state when it is asked, so that an alarm is there exactly as
// long as its cause.
import { type Account, emptyAccount, modeOf, tradingStateOf } from '../domain/account/account.js';
import { bridgeObstacle } from '../domain/account/bridges.js';
import { holding } from '../domain/account/rails.js';
import { lacksHedge, missingHedge } from '../domain/actions/planning.js';
import { decisionText, type FlagDecision } from '../domain/flags/flag.js';
import { ALARM_KINDS } from '../domain/notices/alarm-kinds.js';
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import { undefendedOf } from '../engine/account-risk.js';
import { feedObstacle, NO_FEED } from '../engine/feed-rights.js';
import { feedStandings, isUnfinished, tradesOnFeeds } from '../engine/feed-standing.js';
import { waitsForSnapshot } from '../engine/leases.js';
import { type Alarm, alarm, amount } from './alarm.js';
import { exposureAlarms } from './exposure.js';
import { feedsSeen } from './feeds.js';
import { flagAlarms } from './flag-alarms.js';
import { policyAlarms } from './policy-alarms.js';
import type { LogState } from './sources.js';

export interface AlarmList {
  /** The most urgent first; of each kind at most so many. */
  readonly alarms: readonly Alarm[];
  readonly total: number;
  /** Database time. */
  readonly at: number;
}

/** Of each kind: a list for people. */
const MOST_OF_A_KIND = 50;

/** @param accounts - whose alarms are listed; null means everybody's. */
export function listAlarms(state: LogState, rules: Rules, accounts: ReadonlySet<string> | null): AlarmList {
  const at = state.databaseNow();
  return inOrder(everyAlarm(state, rules, accounts, at), at);
}

/** All of them at a time of the database, in no order. */
export function everyAlarm(
  state: LogState,
  rules: Rules,
  accounts: ReadonlySet<string> | null,
  at: number,
): Alarm[] {
  const names = accounts === null ? [...accountNames(state)] : [...accounts];
  return [
    ...observingAlarms(rules),
    ...names.flatMap((name) => accountAlarms(state, rules, name, at)),
    ...feedAlarms(state, accounts),
    ...flagAlarms(state.engine, names),
    ...policyAlarms(state.engine, names, (name) => isObserved(state, rules, name)),
  ];
}

/** The most urgent first. */
export function inOrder(found: readonly Alarm[], at: number): AlarmList {
  const alarms = ALARM_KINDS.flatMap((kind) =>
    found.filter((each) => each.kind === kind).slice(0, MOST_OF_A_KIND),
  );
  return { alarms, total: found.length, at };
}

/** Whether all of an account is only observed. */
function isObserved({ engine }: LogState, rules: Rules, name: string): boolean {
  const known = engine.accounts.get(name) ?? emptyAccount(name);
  return modeOf(known, rules, engine.accounts.observedBy(name)) === 'observe';
}

function accountNames({ engine }: LogState): ReadonlySet<string> {
  const names = new Set(engine.tradingAccounts());
  for (const { account } of engine.accounts.all()) names.add(account);
  return names;
}

/** What is counted of the trades of an account in one pass. */
interface Counted {
  active: number;
  dead: number;
  unshown: number;
  /** Volumes that are below the least lot of their symbols. */
  unfit: number;
  /** By feed, of those that may not follow theirs. */
  readonly cutOff: Map<string, number>;
  readonly held: string[];
  readonly doubts: Alarm[];
  /** Hedges that are smaller than they should be, or are not there. */
  readonly short: Alarm[];
}

function accountAlarms(state: LogState, rules: Rules, account: string, now: number): Alarm[] {
  const { engine } = state;
  const counted: Counted = {
    active: 0,
    dead: 0,
    unshown: 0,
    unfit: 0,
    cutOff: new Map(),
    held: [],
    doubts: [],
    short: [],
  };
  for (const trade of engine.tradesOf(account)) count(state, trade, now, counted);
  const { active, dead, unshown, held, doubts, short } = counted;
  const observedBy = engine.accounts.observedBy(account);
  const list = `dtms actions list --account ${account}`;
  const alarms = [
    ...doubts,
    ...short,
    ...standingAlarms(engine.accounts.get(account), { account, active, now, rules, observedBy }),
  ];
  if (held.length > 0) {
    const [reason = ''] = held;
    const text = `${amount(held.length, 'action')} of ${account} held: ${reason}`;
    alarms.push(
      alarm('ACTIONS_HELD', { account, count: held.length, text, command: `${list} --status HELD` }),
    );
  }
  if (unshown > 0) {
    const text = `${amount(unshown, 'action')} of ${account} wait for the broker to show positions`;
    const command = `dtms accounts show ${account}`;
    alarms.push(alarm('ACTIONS_UNSHOWN', { account, count: unshown, text, command }));
  }
  if (counted.unfit > 0) {
    const text = `${amount(counted.unfit, 'trade')} of ${account} below the least lot of its symbol: no part of it can be closed or hedged`;
    const command = `dtms trades list --account ${account}`;
    alarms.push(alarm('POSITIONS_UNDEFENDED', { account, count: counted.unfit, text, command }));
  }
  for (const [feed, count] of counted.cutOff) {
    const why = feedObstacle(engine, feed, account);
    const text = `${amount(count, 'trade')} of ${account} may not follow feed ${feed}, and nothing watches them: ${why}`;
    alarms.push(alarm('DATA_STALE', { account, feed, count, text, command: 'dtms feeds list' }));
  }
  if (dead > 0) {
    const text = `${amount(dead, 'action')} of ${account} ended without being carried out`;
    alarms.push(
      alarm('DEAD_LETTERS', { account, count: dead, text, command: `${list} --status DEAD,REJECTED` }),
    );
  }
  const strays = undefendedOf(account, engine).filter(({ reason }) => reason !== 'NOT_REGISTERED').length;
  if (strays > 0) {
    const text = `${amount(strays, 'position')} at the broker of ${account} that nobody defends`;
    const command = `dtms accounts show ${account}`;
    alarms.push(alarm('POSITIONS_UNDEFENDED', { account, count: strays, text, command }));
  }
  return [...alarms, ...exposureAlarms(state, rules, account)];
}

function count(log: LogState, trade: Trade, now: number, counted: Counted): void {
  const { engine } = log;
  const { spec, state, actions, deadLetters } = trade;
  const { account, ticket, symbol } = spec;
  if (state !== 'CLOSED') counted.active += 1;
  const terms = engine.reference.told(account, symbol);
  if (state !== 'CLOSED' && terms !== null && trade.volume < Math.max(terms.volumeMin, terms.volumeStep))
    counted.unfit += 1;
  if (isUnfinished(trade) && engine.feedOf(trade) === NO_FEED)
    counted.cutOff.set(spec.feed, (counted.cutOff.get(spec.feed) ?? 0) + 1);
  counted.dead += deadLetters.length;
  const unhedged = trade.hedge === null ? 0 : missingHedge(trade, engine.termsOf(trade), engine.rules);
  if (unhedged > 0) {
    const of = `${account} ${ticket} (${symbol})`;
    const text = `The hedge of ${of} is ${trade.hedge?.volume ?? 0} lots, ${unhedged} less than it should be`;
    const command = `dtms trades show ${account} ${ticket}`;
    counted.short.push(alarm('POSITIONS_UNDEFENDED', { account, ticket, text, command }));
  }
  if (isUnhedged(log, trade)) {
    const text = `${account} ${ticket} (${symbol}) is HEDGED and has no hedge, and none is being opened`;
    const command = `dtms trades show ${account} ${ticket}`;
    counted.short.push(alarm('POSITIONS_UNDEFENDED', { account, ticket, text, command }));
  }
  for (const action of actions) {
    const { actionId, type, status, settleBy, reason } = action;
    if (waitsForSnapshot(engine, trade, action)) counted.unshown += 1;
    if (status === 'HELD') counted.held.push(reason);
    if (status !== 'IN_DOUBT') continue;
    const isLate = settleBy !== null && settleBy <= now;
    counted.doubts.push(
      alarm(isLate ? 'ACTION_IN_DOUBT_OVERDUE' : 'ACTION_IN_DOUBT', {
        account,
        ticket,
        actionId,
        text: `${type} of ${account} ${ticket} (${symbol}) may or may not have been carried out`,
        command: `dtms actions resolve ${actionId} done --by NAME --reason TEXT`,
      }),
    );
  }
}

/** Whether a trade that was to be hedged is not, whatever kept its hedge from being opened; what is only observed has alarms of its own. */
function isUnhedged({ engine }: LogState, trade: Trade): boolean {
  if (trade.state !== 'HEDGED' || trade.hedge !== null) return false;
  const rules = engine.accounts.rulesOf(trade.spec.account);
  const { policy } = engine.policies.rulesOf(trade);
  return rules.mode !== 'observe' && policy?.mode !== 'observe' && lacksHedge(trade, rules);
}

interface Standing {
  /** The flag by which DTMS only observes it; null where none says so. */
  readonly observedBy: FlagDecision | null;
  readonly account: string;
  readonly active: number;
  readonly now: number;
  readonly rules: Rules;
}

/** What an account's own state says: its bridges, what a person set, its rails. */
function standingAlarms(known: Account | undefined, standing: Standing): Alarm[] {
  const { account, active, now, rules } = standing;
  if (known === undefined) {
    if (active === 0) return [];
    const { observedBy } = standing;
    const byFlag = observedBy === null ? [] : [{ ...observingByFlag(account, active, observedBy), account }];
    return [noBridge(standing, 'none ever reported it', null), ...byFlag];
  }
  return [
    ...bridgeAlarms(known, standing),
    ...modeAlarms(known, standing),
    ...tradingAlarms(known, tradingStateOf(known, now, rules), standing),
  ].map((each) => ({ ...each, account }));
}

function noBridge({ account, active }: Standing, why: string, since: number | null): Alarm {
  const text = `no bridge can trade for ${account}, which has ${amount(active, 'active trade')}: ${why}`;
  const command = `dtms accounts show ${account}`;
  return alarm('NO_BRIDGE', { account, count: active, since, text, command });
}

function bridgeAlarms(known: Account, standing: Standing): Alarm[] {
  const bridges = Object.entries(known.bridges);
  if (standing.active === 0) return [];
  if (bridges.length === 0) return [noBridge(standing, 'none ever reported it', null)];
  const obstacles = bridges.map(
    ([id]) => [id, bridgeObstacle(known, id, standing.now, standing.rules)] as const,
  );
  if (obstacles.some(([, obstacle]) => obstacle === '')) return [];
  const since = Math.max(...bridges.map(([, { seenAt }]) => seenAt));
  return [noBridge(standing, obstacles.map(([id, obstacle]) => `${id}: ${obstacle}`).join('; '), since)];
}

function modeAlarms(known: Account, { account, active, rules, observedBy }: Standing): Alarm[] {
  // Where all of it only observes, one alarm says so.
  if (active === 0 || rules.actions.mode === 'observe' || modeOf(known, rules, observedBy) === 'enforce')
    return [];
  if (observedBy !== null) return [observingByFlag(account, active, observedBy)];
  const text = `DTMS only observes ${account}, which has ${amount(active, 'active trade')}: it decides and sends nothing`;
  const command = `dtms accounts enforce ${account} --reason TEXT`;
  return [alarm('OBSERVING', { count: active, since: known.mode?.at ?? null, text, command })];
}

function observingByFlag(account: string, active: number, flag: FlagDecision): Alarm {
  const text = `DTMS only observes ${account}, which has ${amount(active, 'active trade')}: ${decisionText(flag)}`;
  return alarm('OBSERVING', { count: active, text, command: `dtms flags list --account ${account}` });
}

function tradingAlarms(
  known: Account,
  { state, reason }: ReturnType<typeof tradingStateOf>,
  { account, active, now }: Standing,
): Alarm[] {
  const command = `dtms accounts set-state ${account} ACTIVE --by NAME --reason TEXT`;
  const [rail] = holding(known.rails, now);
  // Of made-up money without a trade nobody needs to know.
  if (active === 0 && known.kind === 'PAPER') return [];
  if (rail !== undefined) {
    const does = state === 'HALTED' ? 'DTMS does nothing' : 'DTMS only reduces risk';
    const text = `a rail of ${account} tripped, and ${does}: ${reason}`;
    return [alarm('RAIL_TRIPPED', { since: rail.trippedAt, text, command })];
  }
  if (state !== 'HALTED' || active === 0) return [];
  const text = `${account} is halted with ${amount(active, 'active trade')}, ${reason}`;
  return [alarm('HALTED', { count: active, since: known.personState?.at ?? null, text, command })];
}

function observingAlarms({ actions }: Rules): Alarm[] {
  if (actions.mode !== 'observe') return [];
  const text = 'this server only observes: it decides and sends nothing for any account (rules.actions.mode)';
  return [alarm('OBSERVING', { text, command: 'dtms serve --config FILE' })];
}

function feedAlarms(state: LogState, accounts: ReadonlySet<string> | null): Alarm[] {
  const isSeen = feedsSeen(state, accounts);
  const standing = feedStandings(state, accounts);
  const alarms: Alarm[] = [];
  for (const [name, counts] of tradesOnFeeds(state, accounts, isUnfinished)) {
    if (!isSeen(name)) continue;
    const { staleMarkets, skew, asOf, markets } = standing(state.engine.feeds.of(name));
    const command = 'dtms feeds list';
    const count = [...counts.values()].reduce((sum, each) => sum + each, 0);
    const trades = `${amount(count, 'trade')} on it`;
    if (staleMarkets > 0) {
      const lacks = markets === 0 ? 'has no data' : `has no fresh data for ${amount(staleMarkets, 'symbol')}`;
      const text = `feed ${name} ${lacks}, with ${trades}: a feed that was fresh before orders nothing now`;
      alarms.push(alarm('DATA_STALE', { feed: name, count: staleMarkets, since: asOf, text, command }));
    }
    if (skew > 0) {
      const text = `feed ${name} dates its data ${Math.ceil(skew / 1000)} s ahead, with ${trades}`;
      alarms.push(alarm('DATA_AHEAD', { feed: name, text, command }));
    }
  }
  return alarms;
}
