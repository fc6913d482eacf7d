// ActionService: the bridges' work stream, and what people do about actions. Each step is durable before
// it is answered, so no bridge touches the broker for something the log does not know.
import {
  type ActionServiceService,
  type LeaseActionsRequest,
  type LeaseActionsResponse,
  ReplayActionRequest,
  ReplayActionResponse,
  Resolution,
  ResolveActionRequest,
  ResolveActionResponse,
} from '../../gen/ts/dtms/v1/action_service.js';
import {
  type ActionResult as ActionResultMessage,
  ActionStatus as StatusMessage,
} from '../../gen/ts/dtms/v1/types.js';
import { bridgeObstacle, emptyAccount } from '../domain/account.js';
import type { Moment } from '../domain/action-life.js';
import type { Action, ActionResult, ActionStatus, ActionType } from '../domain/types.js';
import {
  type ActionOf,
  actionOf,
  allows,
  beginAction,
  extendLease,
  heldBy,
  type LeaseStep,
  lateReport,
  leaseDue,
  replayAction,
  reportAction,
  resolveAction,
  tradeOf,
  type Verdict,
} from '../engine/action-desk.js';
import { type Caller, type Identity, identify } from '../engine/answers.js';
import type { Applied, Authority } from '../engine/authority.js';
import type { Term } from '../engine/term.js';
import {
  actionNotFound,
  bridgeNotReady,
  invalidField,
  leaseLost,
  shuttingDown,
  wrongActionStatus,
} from '../errors/errors.js';
import type { Store } from '../store/store.js';
import type { Audit, StoredAction } from '../store/types.js';
import { actionToProto, leasedToProto, resultFromProto } from '../wire/action.js';
import { fromDate } from '../wire/time.js';
import type { Handlers } from './adapters.js';
import { namedPageToken, parseNamedPageToken, queryFingerprint } from './page-token.js';
import type { WorkHints } from './work-hints.js';

const DEFAULT_LEASES = 16;
const DEFAULT_PAGE = 100;
/** Work may fall due by time alone; a hint that is lost costs this much, in ms. */
const LOOK_AGAIN_MS = 500;
/** A stream without work says at least this often that it is alive, in ms. */
const ALIVE_MS = 5000;

export function actionHandlers(
  authority: Authority,
  store: Store,
  hints: WorkHints,
): Handlers<typeof ActionServiceService> {
  const leaseMsOf = (seconds: number) => seconds * 1000 || authority.rules.actions.leaseMs;

  /** The market time of an action's trade, or what the bridge says it is. */
  function momentOf(term: Term, actionId: string, occurredAt: Date | undefined): Moment {
    const key = tradeOf(actionId);
    const trade = key === null ? undefined : term.engine.get(key.account, key.ticket);
    const at = fromDate(occurredAt) ?? term.clock.now(trade?.spec.feed ?? '');
    return { at, now: term.databaseNow() };
  }

  /** Leases what is due, durably; at first with what the bridge has and has not begun. */
  function lease(
    call: Caller,
    request: LeaseActionsRequest,
    when: 'at first' | 'later',
  ): Promise<LeaseActionsResponse> {
    const { account, bridgeId, maxLeases, leaseSeconds, occurredAt } = request;
    return authority.change(call, (term) => {
      const now = term.databaseNow();
      const obstacle = obstacleOf(term, request, now);
      if (obstacle !== '') throw bridgeNotReady(account, bridgeId, obstacle);
      const at = fromDate(occurredAt) ?? newestOf(term, account);
      const work = {
        account,
        bridge: bridgeId,
        maxLeases: maxLeases || DEFAULT_LEASES,
        leaseMs: leaseMsOf(leaseSeconds),
      };
      const held = when === 'at first' ? heldBy(term.engine, work, now) : [];
      const leased = [...held, ...leaseDue(term.engine, work, { at, now })];
      return {
        respond: (head) => ({
          actions: leased.map(({ trade, action }) => leasedToProto(trade, action)),
          revision: BigInt(head),
        }),
      };
    });
  }

  /** Whether there is anything to lease at all: asking costs nothing then. */
  function hasWork({ account }: LeaseActionsRequest): boolean {
    const term = authority.requireTerm();
    return term.engine
      .actingTrades(account)
      .some(({ actions }) => actions.some(({ status }) => status === 'PENDING'));
  }

  /** Makes a bridge's step durable and answers it. */
  async function step<Answer>(
    call: Caller,
    actionId: string,
    token: bigint,
    occurredAt: Date | undefined,
    perform: (term: Term, moment: Moment) => LeaseStep,
    answer: (action: ActionOf['action'], revision: bigint) => Answer,
    settled: (stored: StoredAction) => Promise<Answer | null> = () => Promise.resolve(null),
  ): Promise<Answer> {
    const { done, revision } = await authority.change(
      call,
      (term): Applied<{ done: LeaseStep; revision: number }> => {
        const before = term.head;
        const taken = perform(term, momentOf(term, actionId, occurredAt));
        const same = taken.outcome === 'ok' ? term.revisionOf(taken.trade) : before;
        return { respond: (head) => ({ done: taken, revision: Math.max(head, same) }) };
      },
    );
    switch (done.outcome) {
      case 'ok':
        return answer(done.action, BigInt(revision));
      case 'lost':
        throw leaseLost(actionId, token, done.status);
      case 'not-begun':
        throw wrongActionStatus(actionId, 'LEASED', 'EXECUTING: BeginAction comes first');
      case 'settled': {
        const stored = await findStored(store, actionId);
        const answered = await settled(stored);
        if (answered !== null) return answered;
        throw leaseLost(actionId, token, stored.action.status);
      }
    }
  }

  /** A person's change of an action, with its audit. */
  async function byHand<Response>(
    request: { readonly actionId: string; readonly by: string; readonly reason: string },
    { method, principal }: Caller,
    identity: Identity<Response>,
    perform: (term: Term, found: ActionOf) => ActionOf,
    answer: (changed: ActionOf, revision: bigint) => Response,
  ): Promise<Response> {
    const { actionId, by, reason } = request;
    return authority.write(
      identity,
      async (term) => {
        if (actionOf(term.engine, actionId) === null) await findStored(store, actionId);
      },
      (term): Applied<Response> => {
        const found = actionOf(term.engine, actionId);
        if (found === null) throw wrongActionStatus(actionId, 'settled', 'open');
        const changed = perform(term, found);
        const { account, ticket } = changed.trade.spec;
        const [from, to] = [found.action.status, changed.action.status];
        const detail = { by, action_id: actionId, reason, from, to };
        const audit: Audit = { actor: principal.name, method, account, ticket, detail };
        return { work: { audits: [audit] }, respond: (head) => answer(changed, BigInt(head)) };
      },
    );
  }

  return {
    leaseActions: async function* (request, call) {
      const { signal } = call;
      let spokeAt = performance.now();
      for (let first = true; !signal.aborted; first = false) {
        if (hints.ended) throw shuttingDown();
        const ready = first || (hasWork(request) && isReady(authority.requireTerm(), request));
        const answer = ready ? await lease(call, request, first ? 'at first' : 'later') : undefined;
        const silent = performance.now() - spokeAt >= ALIVE_MS;
        if (first || silent || (answer !== undefined && answer.actions.length > 0)) {
          yield answer ?? { actions: [], revision: BigInt(authority.requireTerm().head) };
          spokeAt = performance.now();
        }
        if (request.drain) return;
        if (answer !== undefined && answer.actions.length > 0) continue;
        await hints.wait(LOOK_AGAIN_MS, signal);
      }
    },

    beginAction: ({ actionId, token, occurredAt, requestId }, call) =>
      step(
        call,
        actionId,
        token,
        occurredAt,
        (term, moment) => beginAction(term.engine, actionId, Number(token), requestId, moment),
        (action, revision) => ({ action: actionToProto(action), revision }),
      ),

    reportAction: (request, call) => {
      const { peer } = call;
      const { actionId, token, occurredAt } = request;
      const result = reported(request.result, typeOf(actionId));
      return step(
        call,
        actionId,
        token,
        occurredAt,
        (term, moment) => reportAction(term.engine, actionId, Number(token), result, peer, moment),
        (action, revision) => ({ action: actionToProto(action), revision }),
        async ({ action, revision }) => {
          if (isRepeat(action, token, result)) {
            return { action: actionToProto(action), revision: BigInt(revision) };
          }
          await authority.change(call, (term) => {
            lateReport(
              term.engine,
              action,
              result,
              peer ?? `lease ${token}`,
              momentOf(term, actionId, occurredAt),
            );
            return { respond: () => undefined };
          });
          return null;
        },
      );
    },

    extendLease: ({ actionId, token, leaseSeconds }, call) =>
      step(
        call,
        actionId,
        token,
        undefined,
        (term, moment) => extendLease(term.engine, actionId, Number(token), leaseMsOf(leaseSeconds), moment),
        (action) => ({ action: actionToProto(action) }),
      ),

    listActions: async (request, { method }) => {
      authority.requireTerm();
      const { account, ticket, statuses, pageSize, pageToken, newestFirst } = request;
      const query = JSON.stringify([account, String(ticket), statuses, newestFirst]);
      const fingerprint = queryFingerprint(method, Buffer.from(query));
      const { after, name } = parseNamedPageToken(pageToken, fingerprint);
      const size = pageSize || DEFAULT_PAGE;
      const page = await store.listActions(
        {
          account: account === '' ? null : account,
          ticket: ticket === 0n ? null : ticket,
          statuses: statuses.map((status) => StatusMessage[status] as ActionStatus),
        },
        newestFirst ? 'NEWEST_FIRST' : 'OLDEST_FIRST',
        pageToken === '' ? null : { plannedRevision: after, actionId: name },
        size + 1,
      );
      const shown = page.slice(0, size);
      const last = shown.at(-1);
      return {
        actions: shown.map((stored) => ({
          account: stored.account,
          ticket: stored.ticket,
          action: actionToProto(stored.action),
          revision: BigInt(stored.revision),
        })),
        nextPageToken:
          page.length > size && last !== undefined
            ? namedPageToken(fingerprint, last.plannedRevision, last.action.actionId)
            : '',
      };
    },

    resolveAction: (request, call) => {
      const verdict = verdictOf(request);
      return byHand(
        request,
        call,
        identify(call, request, ResolveActionRequest, ResolveActionResponse),
        (term, found) => {
          const { status } = found.action;
          if (!allows(status, verdict)) {
            throw wrongActionStatus(
              request.actionId,
              status,
              'IN_DOUBT, or given up where nobody works on it',
            );
          }
          const moment = momentOf(term, request.actionId, undefined);
          return resolveAction(term.engine, found, verdict, request.by, request.reason, moment);
        },
        ({ action }, revision) => ({ action: actionToProto(action), revision }),
      );
    },

    replayAction: (request, call) =>
      byHand(
        request,
        call,
        identify(call, request, ReplayActionRequest, ReplayActionResponse),
        (term, found) => {
          const { status } = found.action;
          if (status !== 'DEAD' && status !== 'REJECTED') {
            throw wrongActionStatus(request.actionId, status, 'DEAD or REJECTED');
          }
          const { at } = momentOf(term, request.actionId, undefined);
          return replayAction(term.engine, found, request.by, request.reason, at);
        },
        ({ action }, revision) => ({ action: actionToProto(action), revision }),
      ),
  };
}

/** Why a bridge gets no work; empty when it does. */
function obstacleOf(term: Term, { account, bridgeId }: LeaseActionsRequest, now: number): string {
  const known = term.engine.accounts.get(account) ?? emptyAccount(account);
  return bridgeObstacle(known, bridgeId, now, term.engine.rules);
}

function isReady(term: Term, request: LeaseActionsRequest): boolean {
  return obstacleOf(term, request, term.databaseNow()) === '';
}

/** The newest market time among the feeds of an account's trades that have work. */
function newestOf(term: Term, account: string): number {
  const feeds = new Set(term.engine.actingTrades(account).map(({ spec }) => spec.feed));
  const times = [...feeds].map((feed) => term.clock.now(feed));
  return times.length === 0 ? term.clock.now('') : Math.max(...times);
}

async function findStored(store: Store, actionId: string): Promise<StoredAction> {
  const stored = await store.findAction(actionId);
  if (stored === undefined) throw actionNotFound(actionId);
  return stored;
}

/** Whether a report is the one that settled an action, made again because its answer got lost. */
function isRepeat({ lease, result: known }: Action, token: bigint, result: ActionResult): boolean {
  return (
    lease !== null &&
    BigInt(lease.token) === token &&
    known !== null &&
    known.code === result.code &&
    known.dealTicket === result.dealTicket &&
    known.outcome === result.outcome
  );
}

function typeOf(actionId: string): ActionType {
  return actionId.slice(actionId.lastIndexOf(':') + 1) as ActionType;
}

function reported(result: ActionResultMessage | undefined, type: ActionType): ActionResult {
  if (result === undefined) throw invalidField('result', 'is required');
  return resultFromProto(result, type);
}

function verdictOf({ actionId, resolution, result }: ResolveActionRequest): Verdict {
  if (resolution !== Resolution.DONE && result !== undefined) {
    throw invalidField('result', 'goes with DONE only');
  }
  switch (resolution) {
    case Resolution.RETRY:
      return { verdict: 'retry' };
    case Resolution.GIVE_UP:
      return { verdict: 'give-up' };
    default: {
      const told = result === undefined ? NOTHING_TOLD : resultFromProto(result, typeOf(actionId));
      return { verdict: 'done', result: { ...told, outcome: 'DONE' } };
    }
  }
}

const NOTHING_TOLD: ActionResult = {
  code: 0,
  message: '',
  outcome: 'DONE',
  price: null,
  volume: null,
  stopLoss: null,
  openedTicket: null,
  dealTicket: null,
};
