// Owns the handler of ClosePosition.
import {
  ActionServiceDefinition,
  CloseOutcome,
  type ClosePositionRequest,
  type ClosePositionResponse,
} from '../../gen/ts/dtms/v1/action_service.js';
import { Direction as DirectionMessage } from '../../gen/ts/dtms/v1/types.js';
import { closePositions, type OrderedCloses } from '../commands/close-positions.js';
import type { CloseSelection } from '../engine/close-positions.js';
import { invalidField } from '../errors/errors.js';
import type { Handlers } from '../interceptors/handlers.js';
import type { AnswerCommand } from './answering.js';

const METHOD = ActionServiceDefinition.methods.closePosition;

export function closeHandler(
  answer: AnswerCommand,
): Pick<Handlers<ActionServiceDefinition>, 'closePosition'> {
  return {
    closePosition: (request, call) => {
      const { account, by, reason } = request;
      const command = closePositions(account, selectionFromProto(request), { by, reason }, call);
      return answer(METHOD, request, call, command, orderedToProto);
    },
  };
}

/** Throws INVALID_FIELD where nothing says which trades: an empty list must not close an account. */
function selectionFromProto(request: ClosePositionRequest): CloseSelection {
  const { tickets, symbols, direction, magicNumber, wholeAccount } = request;
  const isAnyDirection = direction === DirectionMessage.UNSPECIFIED;
  const chooses = tickets.length > 0 || symbols.length > 0 || !isAnyDirection || magicNumber !== undefined;
  if (wholeAccount && chooses) throw invalidField('whole_account', 'goes with no other criterion');
  if (!wholeAccount && !chooses)
    throw invalidField('tickets', 'name trades, by whatever criterion, or set whole_account');
  return {
    tickets,
    symbols,
    direction: isAnyDirection ? null : direction === DirectionMessage.SELL ? 'SELL' : 'BUY',
    magicNumber: magicNumber ?? null,
  };
}

function orderedToProto({ closes, others, bridge, revision }: OrderedCloses): ClosePositionResponse {
  return {
    closes: closes.map(({ ticket, outcome, actionId }) => ({
      ticket,
      outcome: CloseOutcome[outcome],
      actionId,
    })),
    bridgeReady: bridge === 'ready',
    otherPositions: [...others],
    revision: BigInt(revision),
  };
}
