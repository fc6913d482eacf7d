// AccountService: each handler reads its request, asks the authority, and answers.
import {
  type AccountRisk,
  type AccountServiceService,
  ReconcilePositionsResponse,
  ReportAccountResponse,
  SetTradingStateRequest,
  SetTradingStateResponse,
  UpsertAccountRequest,
  UpsertAccountResponse,
} from '../../gen/ts/dtms/v1/account_service.js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { bridgeObstacle, emptyAccount, snapshotObstacle, tradingStateOf } from '../domain/account.js';
import { tagOf } from '../domain/action-tag.js';
import type { BrokerSnapshot } from '../domain/broker.js';
import { favourable } from '../domain/trade.js';
import type { ActionStatus, Instrument, Trade } from '../domain/types.js';
import { identify, unidentified } from '../engine/answers.js';
import type { Authority } from '../engine/authority.js';
import { type Findings, type Opener, questionsOf, reconcileAccount } from '../engine/reconcile.js';
import type { Term } from '../engine/term.js';
import { bridgeNotReady, DtmsError, invalidField } from '../errors/errors.js';
import type { Store } from '../store/store.js';
import type { Audit } from '../store/types.js';
import {
  heartbeatFromProto,
  type OpenWork,
  reportToProto,
  riskToProto,
  snapshotFromProto,
  termsFromProto,
  tradingStateFromProto,
  tradingStateToProto,
} from '../wire/account.js';
import { listAccounts } from './account-list.js';
import type { Handlers } from './adapters.js';

/**
 * What a bridge dates further ahead of the database's clock is refused, in ms: a snapshot dated wrongly
 * would make every later one too old. Wide enough for any zone.
 */
const MOST_AHEAD_MS = 48 * 3_600_000;

export function accountHandlers(authority: Authority, store: Store): Handlers<typeof AccountServiceService> {
  const show = (name: string, term: Term): AccountRisk => {
    const account = term.engine.accounts.get(name) ?? emptyAccount(name);
    return riskToProto(account, openWorkOf(name, term), term.databaseNow(), authority.rules);
  };

  return {
    listAccounts: (request, call) => {
      const term = authority.requireTerm();
      return listAccounts(term, authority.rules, request, call, (name) => show(name, term));
    },

    upsertAccount: (request, call) =>
      authority.write(
        identify(call, request, UpsertAccountRequest, UpsertAccountResponse),
        nothing,
        (term) => {
          term.engine.accounts.upsert(request.account, termsFromProto(request));
          return { respond: () => ({ risk: show(request.account, term) }) };
        },
      ),

    reportAccount: (request, call) =>
      authority.write(unidentified(call, ReportAccountResponse), nothing, (term) => {
        const now = term.databaseNow();
        const heartbeat = heartbeatFromProto(request, now);
        checkDate('reported_at', heartbeat.reportedAt, now);
        const account = term.engine.accounts.report(request.account, heartbeat, now);
        const { state } = tradingStateOf(account, heartbeat.reportedAt, authority.rules);
        const obstacle = bridgeObstacle(account, request.bridgeId, now, authority.rules);
        return {
          respond: () => ({ tradingState: tradingStateToProto(state), ready: obstacle === '', obstacle }),
        };
      }),

    reconcilePositions: (request, call) => {
      const { account, bridgeId } = request;
      const snapshot = snapshotFromProto(request);
      checkUnique(snapshot);
      return authority.write(
        unidentified(call, ReconcilePositionsResponse),
        (term) => {
          checkSnapshot(account, bridgeId, snapshot, term);
          return lookUp(account, snapshot, term, store);
        },
        (term, findings) => {
          // Another bridge's may have come since.
          checkSnapshot(account, bridgeId, snapshot, term);
          const report = reconcileAccount(term.engine, account, snapshot, findings, term.databaseNow());
          return { respond: (revision) => reportToProto(report, revision) };
        },
      );
    },

    setTradingState: (request, call) => {
      const { account, by, reason } = request;
      const state = tradingStateFromProto(request.state);
      const { method, principal } = call;
      const detail = { by, state, reason };
      const audit: Audit = { actor: principal.name, method, account, ticket: 0n, detail };
      return authority.write(
        identify(call, request, SetTradingStateRequest, SetTradingStateResponse),
        nothing,
        (term) => {
          term.engine.accounts.setTradingState(account, { state, by, reason, at: term.databaseNow() });
          return { work: { audits: [audit] }, respond: () => ({ risk: show(account, term) }) };
        },
      );
    },

    getRisk: ({ account }) => {
      const term = authority.requireTerm();
      const isKnown =
        term.engine.accounts.get(account) !== undefined ||
        Object.hasOwn(authority.rules.accounts, account) ||
        term.engine.tradesOf(account)[Symbol.iterator]().next().done !== true;
      if (!isKnown) throw accountNotFound(account);
      return { risk: show(account, term) };
    },
  };
}

const nothing = (): void => undefined;

/** Asks the store about positions that the engine does not know. */
async function lookUp(
  account: string,
  snapshot: BrokerSnapshot,
  term: Term,
  store: Pick<Store, 'findActionsByTag'>,
): Promise<Findings> {
  const { identifiers, tags } = questionsOf(term.engine, account, snapshot);
  const actions = tags.length === 0 ? [] : await store.findActionsByTag(account, tags);
  const openers = new Map<string, Opener>(
    actions.map(({ action, ticket }) => [tagOf(action.actionId), { ticket, type: action.type }]),
  );
  const tickets = new Set([...identifiers, ...[...openers.values()].map(({ ticket }) => ticket)]);
  const trades = await term.findAll([...tickets].map((ticket) => ({ account, ticket })));
  return {
    asked: new Set(identifiers),
    settled: new Map(trades.map(({ trade }) => [trade.spec.ticket, trade])),
    openers,
  };
}

/** Throws INVALID_FIELD when a position is told twice. */
function checkUnique({ positions }: BrokerSnapshot): void {
  const seen = new Set<bigint>();
  for (const [index, { identifier }] of positions.entries()) {
    if (seen.has(identifier)) {
      throw invalidField(`positions[${index}].identifier`, `position ${identifier} is told twice`);
    }
    seen.add(identifier);
  }
}

/** Throws INVALID_FIELD, BRIDGE_NOT_READY or SNAPSHOT_TOO_OLD. */
function checkSnapshot(name: string, bridgeId: string, { takenAt }: BrokerSnapshot, term: Term): void {
  checkDate('taken_at', takenAt, term.databaseNow());
  const account = term.engine.accounts.get(name);
  if (account === undefined) return;
  // Of another account's positions every trade of this one would be missing.
  const obstacle = snapshotObstacle(account, bridgeId);
  if (obstacle !== '') throw bridgeNotReady(name, bridgeId, obstacle);
  if (account.snapshotAt !== null && takenAt < account.snapshotAt) {
    throw snapshotTooOld(takenAt, account.snapshotAt);
  }
}

function checkDate(field: string, at: number, now: number): void {
  if (at > now + MOST_AHEAD_MS) throw invalidField(field, 'is more than 48 hours ahead of the server');
}

function snapshotTooOld(takenAt: number, lastTakenAt: number): DtmsError {
  const [taken, last] = [new Date(takenAt).toISOString(), new Date(lastTakenAt).toISOString()];
  return new DtmsError(
    ErrorReason.SNAPSHOT_TOO_OLD,
    `a snapshot taken at ${last} is known, this is of ${taken}`,
    {
      metadata: { taken_at: taken, last_taken_at: last },
    },
  );
}

function accountNotFound(account: string): DtmsError {
  return new DtmsError(ErrorReason.ACCOUNT_NOT_FOUND, `nothing is known of account ${account}`, {
    metadata: { account },
  });
}

function openWorkOf(account: string, { engine }: Term): OpenWork {
  const openActions: Partial<Record<ActionStatus, number>> = {};
  let activeTrades = 0;
  let openRisk = 0;
  for (const trade of engine.tradesOf(account)) {
    for (const { status } of trade.actions) openActions[status] = (openActions[status] ?? 0) + 1;
    if (trade.state === 'CLOSED') continue;
    activeTrades += 1;
    openRisk += riskOf(trade, engine.termsOf(trade));
  }
  return { activeTrades, openActions, openRisk };
}

/** Lots times the distance from entry to stop times the contract size; 0 once the stop is past the entry. */
function riskOf({ spec, stopLoss, risk, volume }: Trade, { contractSize }: Instrument): number {
  const distance =
    stopLoss === null ? (risk ?? 0) : favourable(spec.direction) * (spec.entryPrice - stopLoss);
  return volume * Math.max(0, distance) * contractSize;
}
