// Owns what is told and decided about accounts: their terms, bridges' heartbeats, trading states a person
// sets.
import {
  type AccountTerms,
  emptyAccount,
  type Heartbeat,
  modeOf,
  type PersonState,
  tradingStateOf,
} from '../domain/account/account.js';
import type { AccountMode, TradingState } from '../domain/account/account-rules.js';
import { type AccountKind, bridgeObstacle, realBridge } from '../domain/account/bridges.js';
import type { OrderCaps } from '../domain/account/order-caps.js';
import type { RailLimits } from '../domain/account/rails.js';
import { isAhead } from '../domain/market/given-time.js';
import { type AccountRisk, accountRisk } from '../engine/account-risk.js';
import { takeBackOrders } from '../engine/flatten.js';
import { reportToEngine } from '../engine/report-account.js';
import type { Term } from '../engine/term.js';
import { accountIsReal } from '../errors/actions.js';
import type { DecisionStore } from '../store/store.js';
import type { Audit } from '../store/types.js';
import { auditOf, type ImmediateCommand, type Issuer, journalled, type PreparedCommand } from './command.js';
import { checkMayFollow, checkRecorded } from './feeds.js';
import { checkKnown } from './known-account.js';

/**
 * A change of an account's terms, and of the currency of its money where one is told; it is audited. The command throws
 * FEED_NOT_FOLLOWED when one of its feeds is not for it.
 */
export const upsertAccount = journalled(
  'upsertAccount',
  (
    name: string,
    terms: AccountTerms,
    feeds: readonly string[],
    issuer: Issuer,
    currency: string | undefined,
  ): ImmediateCommand<AccountRisk> => {
    const told = currency ? { terms, feeds, currency } : { terms, feeds };
    const audits = [auditOf(issuer, { account: name, detail: told })];
    return {
      apply: (term) => {
        for (const feed of feeds) checkMayFollow(term, feed, name);
        term.engine.accounts.upsert(name, terms, feeds, currency);
        return { work: { audits }, respond: () => accountRisk(term, name) };
      },
    };
  },
);

/** What a bridge is told about its account. */
export interface BridgeStanding {
  readonly tradingState: TradingState;
  /** Why it gets no work; empty when it does. */
  readonly obstacle: string;
  readonly mode: AccountMode;
}

/**
 * Takes a heartbeat; one without a date, or dated ahead, is of now: a bridge must be heard all the same. The command throws
 * FEED_IN_USE when it would make an account a real one whose trades follow a recorded feed.
 */
export const reportAccount = journalled(
  'reportAccount',
  (
    name: string,
    told: Omit<Heartbeat, 'reportedAt'> & { readonly reportedAt: number | null },
  ): ImmediateCommand<BridgeStanding> => {
    return {
      apply: (term) => {
        const { accounts, rules } = term.engine;
        const now = term.databaseNow();
        const isBelieved =
          told.reportedAt !== null && !isAhead(told.reportedAt, now, rules.feeds.maximumAheadMs);
        const reportedAt = isBelieved ? told.reportedAt : now;
        if (told.kind === 'REAL' && accounts.get(name)?.kind !== 'REAL') checkRecorded(term, name);
        const account = reportToEngine(term.engine, name, { ...told, reportedAt }, now);
        const standing = {
          tradingState: tradingStateOf(account, now, rules).state,
          obstacle: bridgeObstacle(account, told.bridgeId, now, rules),
          mode: modeOf(account, rules, accounts.observedBy(name)),
        };
        return { respond: () => standing };
      },
    };
  },
);

/** Who decides, and why; without a name it is the key's. */
interface Decision extends Pick<PersonState, 'by' | 'reason'> {
  /** False refuses an account of which nothing is known. Journals of older programs do not tell it, and had none refused. */
  readonly allowNew?: boolean;
}

/** Refuses a decision about a name that nobody knows. @throws ACCOUNT_NOT_FOUND */
const asked =
  (account: string, { allowNew }: Decision) =>
  async (term: Pick<Term, 'engine'>, store: Pick<DecisionStore, 'isAccountNamed'>): Promise<void> => {
    if (allowNew === false)
      await checkKnown(term, store, account, 'allow_new (--new) takes one that is to come');
  };

/** An operator's limits for an account, all of them: what is absent is as configured. It is audited. */
export const setRails = journalled(
  'setRails',
  (
    account: string,
    limits: RailLimits,
    decision: Decision,
    issuer: Issuer,
  ): PreparedCommand<void, AccountRisk> => {
    return {
      prepare: asked(account, decision),
      apply: (term) => {
        const { accounts } = term.engine;
        const before = accounts.get(account)?.railLimits ?? {};
        accounts.setRails(account, Object.keys(limits).length === 0 ? null : limits);
        const audits = [changeAudit(issuer, account, decision, before, limits)];
        return { work: { audits }, respond: () => accountRisk(term, account) };
      },
    };
  },
);

/** A person bounds the account's orders: what is told, the others stay. It is audited. */
export const setOrderCaps = journalled(
  'setOrderCaps',
  (
    account: string,
    told: Partial<OrderCaps>,
    decision: Decision,
    issuer: Issuer,
  ): PreparedCommand<void, AccountRisk> => {
    return {
      prepare: asked(account, decision),
      apply: (term) => {
        const { accounts } = term.engine;
        const before = accounts.capsOf(account);
        accounts.setCaps(account, told);
        const audits = [changeAudit(issuer, account, decision, before, accounts.capsOf(account))];
        return { work: { audits }, respond: () => accountRisk(term, account) };
      },
    };
  },
);

/**
 * A person says whose money an account holds; it is audited. The command throws ACCOUNT_IS_REAL while a bridge says so, and
 * FEED_IN_USE when trades of what is to be a real account follow a recorded feed.
 */
export const setAccountKind = journalled(
  'setAccountKind',
  (
    account: string,
    kind: AccountKind,
    decision: Decision,
    issuer: Issuer,
  ): PreparedCommand<void, AccountRisk> => {
    return {
      prepare: asked(account, decision),
      apply: (term) => {
        const { accounts, rules } = term.engine;
        const known = accounts.get(account) ?? emptyAccount(account);
        const bridge = kind === 'PAPER' ? realBridge(known, term.databaseNow(), rules) : null;
        if (bridge !== null) throw accountIsReal(account, bridge);
        if (kind === 'REAL') checkRecorded(term, account);
        accounts.setKind(account, kind);
        const audits = [changeAudit(issuer, account, decision, { kind: known.kind }, { kind })];
        return { work: { audits }, respond: () => accountRisk(term, account) };
      },
    };
  },
);

/** A person says whether DTMS acts in an account; it is audited. */
export const setAccountMode = journalled(
  'setAccountMode',
  (
    account: string,
    mode: AccountMode,
    decision: Decision,
    issuer: Issuer,
  ): PreparedCommand<void, AccountRisk> => {
    return {
      prepare: asked(account, decision),
      apply: (term) => {
        const { by, reason } = decision;
        const { accounts } = term.engine;
        const before = accounts.get(account)?.mode?.mode ?? 'enforce';
        const name = by || issuer.principal.name;
        accounts.setMode(account, { mode, by: name, reason, at: term.databaseNow() });
        const audits = [changeAudit(issuer, account, decision, { mode: before }, { mode })];
        return { work: { audits }, respond: () => accountRisk(term, account) };
      },
    };
  },
);

/** The record of what was set, with what it was before. */
function changeAudit(
  issuer: Issuer,
  account: string,
  { by, reason }: Decision,
  before: object,
  after: object,
): Audit {
  const detail = { by: by || issuer.principal.name, reason, before: { ...before }, after: { ...after } };
  return auditOf(issuer, { account, detail });
}

/** A person's decision; it is audited. ACTIVE also takes back what rails ordered and nobody began. */
export const setTradingState = journalled(
  'setTradingState',
  (
    account: string,
    decision: Omit<PersonState, 'at'> & Decision,
    issuer: Issuer,
  ): PreparedCommand<void, AccountRisk> => {
    return {
      prepare: asked(account, decision),
      apply: (term) => {
        const { state, by, reason } = decision;
        const now = term.databaseNow();
        const { engine, clock } = term;
        const before = engine.accounts.get(account)?.personState?.state ?? 'ACTIVE';
        const audits = [auditOf(issuer, { account, detail: { by, state, before, reason } })];
        engine.accounts.setTradingState(account, { state, by, reason, at: now });
        if (state === 'ACTIVE')
          takeBackOrders(engine, { account, by, now }, (trade) => clock.now(engine.feedOf(trade)));
        return { work: { audits }, respond: () => accountRisk(term, account) };
      },
    };
  },
);
