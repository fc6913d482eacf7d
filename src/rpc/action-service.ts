// Owns ActionService: each handler parses its request, runs one command or query, and formats the outcome.
import {
  ActionServiceDefinition,
  type ReportActionRequest,
  Resolution as ResolutionMessage,
  type ResolveActionRequest,
} from '../../gen/ts/dtms/v1/action_service.js';
import { ActionStatus as StatusMessage } from '../../gen/ts/dtms/v1/types.js';
import { type Released, releaseHeld } from '../commands/release-held.js';
import {
  type ActionAt,
  beginAction,
  extendLease,
  type LeaseName,
  reportAction,
} from '../commands/report-action.js';
import type { CommandRunner } from '../commands/runner.js';
import { replayAction, resolveAction } from '../commands/settle-action.js';
import type { ActionResult, ActionStatus } from '../domain/trade/action.js';
import { typeOfAction } from '../domain/trade/action-id.js';
import type { ActionType } from '../domain/trade/action-specs.js';
import type { Resolution } from '../engine/leases.js';
import { actionNotFound, invalidField } from '../errors/errors.js';
import type { Handlers } from '../interceptors/handlers.js';
import { listActions } from '../queries/actions.js';
import type { Sources } from '../queries/sources.js';
import type { StoredAction } from '../store/types.js';
import { actionToProto, resultFromProto } from '../wire/action.js';
import { fromDate } from '../wire/time.js';
import { type AnswerCommand, answering } from './answering.js';
import { closeHandler } from './close-handler.js';
import { leaseStream } from './lease-stream.js';
import { namedPageToken, pageSizeOf, parseNamedPageToken, queryFingerprint } from './page-token.js';
import type { WorkHints } from './work-hints.js';

type ActionHandlers = Handlers<ActionServiceDefinition>;

const METHODS = ActionServiceDefinition.methods;

export function actionHandlers(commands: CommandRunner, sources: Sources, hints: WorkHints): ActionHandlers {
  return {
    leaseActions: (request, call) => leaseStream(commands, sources, hints, request, call),
    ...bridgeHandlers(commands),
    ...decisionHandlers(answering(commands)),
    ...closeHandler(answering(commands)),
    listActions: listHandler(sources),
  };
}

/** What bridges say of their leases. */
function bridgeHandlers(
  commands: CommandRunner,
): Pick<ActionHandlers, 'beginAction' | 'reportAction' | 'extendLease'> {
  return {
    beginAction: async (request, call) =>
      actionAtToProto(await beginAction(commands, nameFromProto(request), request.requestId, call)),

    reportAction: async (request, call) => {
      const result = reportedFromProto(request);
      const name = nameFromProto(request);
      return actionAtToProto(await reportAction(commands, name, result, call.peer, call));
    },

    extendLease: async ({ actionId, token, leaseSeconds }, call) => {
      const name = { actionId, token, occurredAt: null };
      const { action } = await extendLease(commands, name, leaseSeconds * 1000 || null, call);
      return { action: actionToProto(action) };
    },
  };
}

/** What people decide. */
function decisionHandlers(
  answer: AnswerCommand,
): Pick<ActionHandlers, 'resolveAction' | 'replayAction' | 'releaseHeld'> {
  return {
    resolveAction: (request, call) => {
      const command = resolveAction(request, resolutionFromProto(request), call);
      return answer(METHODS.resolveAction, request, call, command, actionAtToProto);
    },

    replayAction: (request, call) =>
      answer(METHODS.replayAction, request, call, replayAction(request, call), actionAtToProto),

    releaseHeld: (request, call) =>
      answer(METHODS.releaseHeld, request, call, releaseHeld(request, call), releasedToProto),
  };
}

function listHandler(sources: Sources): ActionHandlers['listActions'] {
  return async (request, { method }) => {
    const { account, ticket, statuses, pageToken, newestFirst } = request;
    const query = JSON.stringify([account, String(ticket), statuses, newestFirst]);
    const fingerprint = queryFingerprint(method, query);
    const { after, name } = parseNamedPageToken(pageToken, fingerprint);
    const filter = {
      account: account === '' ? null : account,
      ticket: ticket === 0n ? null : ticket,
      statuses: statuses.map((status) => StatusMessage[status] as ActionStatus),
    };
    const { items, next } = await listActions(
      sources,
      filter,
      newestFirst ? 'NEWEST_FIRST' : 'OLDEST_FIRST',
      pageToken === '' ? null : { plannedRevision: after, actionId: name },
      pageSizeOf(request),
    );
    const place = next === null ? null : { after: next.plannedRevision, name: next.actionId };
    return { actions: items.map(storedToProto), nextPageToken: namedPageToken(fingerprint, place) };
  };
}

function storedToProto({ account, ticket, action, revision }: StoredAction) {
  return { account, ticket, action: actionToProto(action), revision: BigInt(revision) };
}

function releasedToProto({ actionIds, revision }: Released) {
  return { actionIds: [...actionIds], revision: BigInt(revision) };
}

function actionAtToProto({ action, revision }: ActionAt) {
  return { action: actionToProto(action), revision: BigInt(revision) };
}

function nameFromProto(request: {
  readonly actionId: string;
  readonly token: bigint;
  readonly occurredAt: Date | undefined;
}): LeaseName {
  const { actionId, token, occurredAt } = request;
  return { actionId, token, occurredAt: fromDate(occurredAt) };
}

/** Throws ACTION_NOT_FOUND of what is no action's id: every action has a type. */
function typeOf(actionId: string): ActionType {
  const type = typeOfAction(actionId);
  if (type === null) throw actionNotFound(actionId);
  return type;
}

function reportedFromProto({ actionId, result }: ReportActionRequest): ActionResult {
  if (result === undefined) throw invalidField('result', 'is required');
  return resultFromProto(result, typeOf(actionId));
}

function resolutionFromProto({ actionId, resolution, result }: ResolveActionRequest): Resolution {
  if (resolution !== ResolutionMessage.DONE && result !== undefined) {
    throw invalidField('result', 'goes with DONE only');
  }
  switch (resolution) {
    case ResolutionMessage.RETRY:
      return { how: 'retry' };
    case ResolutionMessage.GIVE_UP:
      return { how: 'give-up' };
    default: {
      const told = result === undefined ? NOTHING_TOLD : resultFromProto(result, typeOf(actionId));
      return { how: 'done', result: { ...told, outcome: 'DONE' } };
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
