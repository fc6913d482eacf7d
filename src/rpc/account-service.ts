// Owns AccountService: each handler parses its request, runs one command or query, and formats the outcome.
import {
  type AccountRisk as AccountRiskMessage,
  AccountServiceDefinition,
  type ReconcilePositionsRequest,
  type ReconcilePositionsResponse,
} from '../../gen/ts/dtms/v1/account_service.js';
import { Drift } from '../../gen/ts/dtms/v1/event.js';
import {
  reportAccount,
  setAccountKind,
  setAccountMode,
  setOrderCaps,
  setRails,
  setTradingState,
  upsertAccount,
} from '../commands/accounts.js';
import { type Reconciled, reconcilePositions } from '../commands/reconcile-positions.js';
import type { CommandRunner } from '../commands/runner.js';
import type { AccountRisk } from '../engine/account-risk.js';
import { placed, refusedItems } from '../errors/refused-items.js';
import type { Handlers } from '../interceptors/handlers.js';
import { getAccountRisk, listAccountRisks } from '../queries/accounts.js';
import { getExposure } from '../queries/exposure.js';
import { getAccountResult, listDailyResults, sumResults } from '../queries/results.js';
import type { Sources } from '../queries/sources.js';
import {
  capsFromProto,
  heartbeatFromProto,
  kindFromProto,
  modeFromProto,
  modeToProto,
  railLimitsFromProto,
  riskToProto,
  snapshotFromProto,
  termsFromProto,
  tradingStateFromProto,
  tradingStateToProto,
  unreadableFromProto,
} from '../wire/account.js';
import { exposureToProto } from '../wire/exposure.js';
import {
  accountResultToProto,
  dailyResultToProto,
  groupingsFromProto,
  groupResultToProto,
} from '../wire/results.js';
import { fromDate } from '../wire/time.js';
import { answering } from './answering.js';
import { nameToken, pageSizeOf, parseNamedPageToken, queryFingerprint } from './page-token.js';

const METHODS = AccountServiceDefinition.methods;

export function accountHandlers(
  commands: CommandRunner,
  sources: Sources,
): Handlers<AccountServiceDefinition> {
  const answer = answering(commands);
  const toProto = (risk: AccountRisk) => riskToProto(risk, sources.rules);
  const answerToProto = (risk: AccountRisk) => ({ risk: toProto(risk) });

  return {
    listAccounts: (request, { method, principal }) => {
      const fingerprint = queryFingerprint(method, '');
      const { name } = parseNamedPageToken(request.pageToken, fingerprint);
      const { items, next } = listAccountRisks(sources, principal.accounts, name, pageSizeOf(request));
      return { accounts: items.map(toProto), nextPageToken: nameToken(fingerprint, next) };
    },

    getRisk: async ({ account }) => answerToProto(await getAccountRisk(sources, account)),

    getExposure: async ({ account }) =>
      exposureToProto(await getExposure(sources, account), sources.rules.exposure),

    getAccountResult: async ({ account }) => ({
      result: accountResultToProto(await getAccountResult(sources, account)),
    }),

    listDailyResults: async ({ account, startTime, endTime }) => {
      const range = { start: fromDate(startTime), end: fromDate(endTime) };
      const results = await listDailyResults(sources, account, range);
      return { results: results.map(dailyResultToProto) };
    },

    sumResults: async ({ account, by, startTime, endTime }) => {
      const range = { start: fromDate(startTime), end: fromDate(endTime) };
      const groups = await sumResults(sources, account || null, groupingsFromProto(by), range);
      return { groups: groups.map(groupResultToProto) };
    },

    upsertAccount: (request, call) => {
      const { account, feeds, currency } = request;
      const command = upsertAccount(account, termsFromProto(request), feeds, call, currency);
      return answer(METHODS.upsertAccount, request, call, command, answerToProto);
    },

    reportAccount: async (request, call) => {
      const command = reportAccount(request.account, heartbeatFromProto(request));
      const { tradingState, obstacle, mode } = await commands.run(command, call);
      const ready = obstacle === '';
      return { tradingState: tradingStateToProto(tradingState), ready, obstacle, mode: modeToProto(mode) };
    },

    reconcilePositions: async (request, call) => {
      const { command, rejected } = reconciliationOf(request);
      const reconciled = await commands.run(command, call);
      return { ...reconciledToProto(reconciled), rejected };
    },

    ...decisionHandlers(answer, answerToProto),
  };
}

type Decisions = 'setRails' | 'setTradingState' | 'setAccountKind' | 'setAccountMode' | 'setOrderCaps';

/** What a person decides of an account. */
function decisionHandlers(
  answer: ReturnType<typeof answering>,
  answerToProto: (risk: AccountRisk) => { risk: AccountRiskMessage },
): Pick<Handlers<AccountServiceDefinition>, Decisions> {
  return {
    setRails: (request, call) => {
      const command = setRails(request.account, railLimitsFromProto(request), request, call);
      return answer(METHODS.setRails, request, call, command, answerToProto);
    },

    setTradingState: (request, call) => {
      const { account, by, reason, allowNew } = request;
      const decision = { state: tradingStateFromProto(request.state), by, reason, allowNew };
      const command = setTradingState(account, decision, call);
      return answer(METHODS.setTradingState, request, call, command, answerToProto);
    },

    setAccountKind: (request, call) => {
      const command = setAccountKind(request.account, kindFromProto(request.kind), request, call);
      return answer(METHODS.setAccountKind, request, call, command, answerToProto);
    },

    setAccountMode: (request, call) => {
      const command = setAccountMode(request.account, modeFromProto(request.mode), request, call);
      return answer(METHODS.setAccountMode, request, call, command, answerToProto);
    },

    setOrderCaps: (request, call) => {
      const command = setOrderCaps(request.account, capsFromProto(request), request, call);
      return answer(METHODS.setOrderCaps, request, call, command, answerToProto);
    },
  };
}

/** Where a position or a deal is refused, nothing is concluded from what is absent. */
function readableSnapshot(request: ReconcilePositionsRequest) {
  const positions = refusedItems(request, 'positions');
  const deals = refusedItems(request, 'deals');
  const rejected = [
    ...[...positions].map(([index, why]) => placed('positions', index, why)),
    ...[...deals].map(([index, why]) => placed('deals', index, why)),
  ];
  const snapshot = snapshotFromProto({
    ...request,
    complete: request.complete && rejected.length === 0,
    positions: request.positions.filter((_, index) => !positions.has(index)),
    deals: request.deals.filter((_, index) => !deals.has(index)),
    dealsSince: deals.size === 0 ? request.dealsSince : undefined,
  });
  const unreadable = request.positions.flatMap((position, index) => {
    const why = positions.get(index);
    return why === undefined ? [] : [unreadableFromProto(position, `${why.field} ${why.description}`.trim())];
  });
  return { snapshot: { ...snapshot, unreadable }, rejected };
}

function reconciledToProto(reconciled: Reconciled): Omit<ReconcilePositionsResponse, 'rejected'> {
  const { probe, drifts, registered, closed, settledActionIds, revision } = reconciled;
  return {
    probe: [...probe],
    drifts: drifts.map(({ ticket, drift, note }) => ({ ticket, drift: Drift[drift], note })),
    registered: [...registered],
    closed: [...closed],
    settledActionIds: [...settledActionIds],
    revision: BigInt(revision),
  };
}

function reconciliationOf(request: ReconcilePositionsRequest) {
  const { account, bridgeId, sequence } = request;
  const { snapshot, rejected } = readableSnapshot(request);
  return { command: reconcilePositions(account, { bridgeId, sequence }, snapshot), rejected };
}
