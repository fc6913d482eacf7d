// Owns the lines about what the leader wrote: one for every event of the log, with its place in it and the
// call that caused it, and one for every rail that trips and every trading state a person sets.
import type { Account } from '../domain/account/account.js';
import { isAlarming } from '../domain/changes/action-life.js';
import type { ActionStatus } from '../domain/trade/action.js';
import type { TradeChange } from '../domain/trade/event.js';
import type { Cause } from '../observability/cause.js';
import type { Logger } from '../observability/logger.js';
import type { Written, WrittenAccount, WrittenEvent } from './batch.js';

/** Fields of a line by their names in the log. */
type Fields = Record<string, unknown>;
type Level = 'info' | 'warn' | 'error';
type ChangeOf<Kind extends TradeChange['kind']> = Extract<TradeChange, { readonly kind: Kind }>;

/** What is told of an account in lines. */
type Seen = Pick<Account, 'rails' | 'personState'>;

const UNSEEN: Seen = { rails: [], personState: null };

export class EventLog {
  readonly #logger: Logger;
  /** Accounts as they were told of last. */
  readonly #accounts = new Map<string, Seen>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The accounts a term begins with: what they are already is not told again. */
  restored(accounts: readonly Account[]): void {
    this.#accounts.clear();
    for (const account of accounts) this.#accounts.set(account.account, account);
  }

  /** Never throws: a line that cannot be made must not undo what is written. */
  write(written: Written): void {
    try {
      // Rails even where nobody reads: what was told must be known when the level changes.
      for (const account of written.writtenAccounts()) this.#writeAccount(account);
      if (!this.#logger.isLevelEnabled('error')) return;
      for (const event of written.events) this.#writeEvent(event);
    } catch (error) {
      this.#logger.error({ error }, 'a line about an event could not be made');
    }
  }

  #writeEvent({ event, revision, actor, cause }: WrittenEvent): void {
    const { trade, change } = event;
    const level = levelOf(change);
    if (!this.#logger.isLevelEnabled(level)) return;
    const { account, ticket, symbol } = trade.spec;
    // Filled field by field: there may be thousands in a second, and spreading objects costs ten times as much.
    const fields: Fields = causeFields(cause);
    fields.account = account;
    fields.ticket = ticket;
    fields.symbol = symbol;
    fields.revision = revision;
    fields.trade_version = trade.version;
    if (actor !== '') fields.actor = actor;
    fill(fields, change);
    this.#logger[level](fields, messageOf(change));
  }

  #writeAccount({ account, actor, cause }: WrittenAccount): void {
    const before = this.#accounts.get(account.account) ?? UNSEEN;
    const { rails, personState } = account;
    if (before.rails === rails && before.personState === personState) return;
    this.#accounts.set(account.account, { rails, personState });
    const common = {
      ...causeFields(cause),
      account: account.account,
      ...(actor === '' ? {} : { actor }),
    };
    if (personState !== null && before.personState !== personState) {
      const { state, by, reason } = personState;
      this.#logger.warn({ ...common, trading_state: state, by, reason }, 'a trading state was set');
    }
    for (const { rail, trippedAt, holdsUntil, value } of rails) {
      if (before.rails.some((known) => known.rail === rail && known.trippedAt === trippedAt)) continue;
      const until = new Date(holdsUntil).toISOString();
      this.#logger.warn({ ...common, rail, value, holds_until: until }, 'a rail tripped');
    }
    for (const { rail } of before.rails) {
      if (rails.some((held) => held.rail === rail)) continue;
      this.#logger.info({ ...common, rail }, 'a rail holds no more');
    }
  }
}

/** The names of a call in lines; none where DTMS acted by itself. */
function causeFields(cause: Cause | undefined): Fields {
  if (cause?.correlationId === undefined) return {};
  const fields: Fields = { correlation_id: cause.correlationId };
  if (cause.span !== undefined) {
    const { traceId, spanId } = cause.span.spanContext();
    fields.trace_id = traceId;
    fields.span_id = spanId;
  }
  return fields;
}

const MESSAGES: Readonly<Record<TradeChange['kind'], string>> = {
  registered: 'a trade was registered',
  monitoringStarted: 'monitoring of a trade began',
  riskEstimated: 'the risk of a trade was estimated',
  stateChanged: 'a trade changed its state',
  updated: 'a trade was updated',
  actionChanged: 'an action changed',
  actionPlanned: 'an action was planned',
  reconciled: 'the broker differs from a trade',
  ownershipChanged: 'the owner of a field changed',
  policyAssigned: 'a trade was given another policy',
  paused: 'a trade was paused',
  resumed: 'a trade was resumed',
  reopened: 'a closed trade goes on',
};

function messageOf(change: TradeChange): string {
  if (change.kind === 'actionChanged') {
    if (isAlarming(change.action)) return 'an action needs somebody to look';
    if (change.evidence) return 'a late report of an action was kept';
    if (change.action.status === 'HELD') return 'an action is held for a person';
  }
  return MESSAGES[change.kind];
}

const WARNED: ReadonlySet<ActionStatus> = new Set(['IN_DOUBT', 'REJECTED', 'HELD']);

function levelOf(change: TradeChange): Level {
  switch (change.kind) {
    case 'reconciled':
      return 'warn';
    case 'ownershipChanged':
      return change.step === 'LOST' ? 'warn' : 'info';
    case 'actionChanged': {
      const { action, evidence } = change;
      if (isAlarming(action)) return 'error';
      return evidence || WARNED.has(action.status) ? 'warn' : 'info';
    }
    default:
      return 'info';
  }
}

/** Adds what a change says. Where there is nothing to say there is no field. */
function fill(fields: Fields, change: TradeChange): void {
  switch (change.kind) {
    case 'registered':
      fields.adopted = change.adopted;
      break;
    case 'monitoringStarted':
      fields.trigger = change.trigger;
      break;
    case 'riskEstimated':
      fields.risk = change.risk;
      break;
    case 'stateChanged':
      fields.from = change.from;
      fields.to = change.to;
      fields.cause = change.cause;
      fields.price = change.price;
      fields.score = change.evaluation?.score ?? null;
      fillPlans(fields, change);
      break;
    case 'updated':
      fields.changed_fields = change.changedFields;
      if (change.manager !== '') fields.manager = change.manager;
      break;
    case 'actionChanged':
      fillAction(fields, change);
      break;
    case 'actionPlanned':
      fields.cause = change.cause;
      fillPlans(fields, change);
      break;
    case 'reconciled':
      fields.drift = change.drift;
      fields.changed_fields = change.changedFields;
      fields.note = change.note;
      break;
    case 'ownershipChanged':
      fields.field = change.field;
      fields.step = change.step;
      fields.manager = change.manager;
      fields.owner = change.owner;
      if (change.note !== '') fields.note = change.note;
      break;
    case 'paused':
    case 'resumed':
      fields.reason = change.reason;
      break;
    case 'reopened':
      fields.note = change.note;
      break;
  }
  if ('withdrawn' in change && change.withdrawn.length > 0) {
    fields.withdrawn = change.withdrawn.map(({ actionId }) => actionId);
  }
}

function fillAction(fields: Fields, { action, from, by }: ChangeOf<'actionChanged'>): void {
  fields.action_id = action.actionId;
  fields.action = action.type;
  fields.from = from;
  fields.status = action.status;
  fields.attempts = action.attempts;
  fields.by = by;
  if (action.lease !== null) fields.bridge = action.lease.bridge;
  if (action.result !== null) {
    fields.outcome = action.result.outcome;
    fields.broker_code = action.result.code;
  }
  if (action.reason !== '') fields.reason = action.reason;
}

/** What was planned and held back: a list each. */
function fillPlans(
  fields: Fields,
  { planned, suppressed }: ChangeOf<'stateChanged' | 'actionPlanned'>,
): void {
  if (planned.length > 0) {
    fields.action_id = planned.map(({ actionId }) => actionId);
    fields.action = planned.map(({ type }) => type);
  }
  if (suppressed.length > 0) {
    fields.suppressed_actions = suppressed.map(({ type, reason }) => `${type} ${reason}`);
  }
}
