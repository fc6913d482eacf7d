// Owns which events of the log somebody may want to know of, and what is said of each.
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { ActionStatus, ActionType, TradeState, TransitionCause } from '../../gen/ts/dtms/v1/types.js';
import { type Notice, type NoticeKind, notice } from '../domain/notices/notice.js';
import type { LogEvent } from '../store/types.js';

/** What is said of an event: its kind and a sentence. */
type Said = Pick<Notice, 'kind' | 'text'> & Partial<Pick<Notice, 'advice' | 'command'>>;

/** The notice of an event; undefined where nobody asks for its kind. */
export function noticeOfEvent(event: LogEvent, wanted: ReadonlySet<NoticeKind>): Notice | undefined {
  const decoded = TradeEvent.decode(event.payload);
  const said = saidOf(decoded);
  if (said === undefined || !wanted.has(said.kind)) return undefined;
  const { epoch, revision, account, ticket, symbol, recordedAt } = event;
  return notice({ ...said, key: `event:${epoch}-${revision}`, account, ticket, symbol, at: recordedAt });
}

/** The kinds that events of the log make. */
export const EVENT_KINDS: readonly NoticeKind[] = [
  ...(['TRADE_REGISTERED', 'STATE_CHANGED', 'HEDGED', 'TRADE_CLOSED'] as const),
  ...(['ACTION_HELD', 'ACTION_REJECTED', 'ACTION_DEAD'] as const),
];

function saidOf(event: TradeEvent): Said | undefined {
  const { change, account, ticket, symbol } = event;
  const trade = `trade ${account} ${ticket} (${symbol})`;
  const command = `dtms trades get ${account} ${ticket}`;
  switch (change?.$case) {
    case 'registered':
      return { kind: 'TRADE_REGISTERED', text: `${trade} was registered`, command };
    case 'stateChanged': {
      const { from, to, cause } = change.value;
      if (from === to) return undefined;
      const text = `${trade} went from ${TradeState[from]} to ${TradeState[to]} by ${TransitionCause[cause]}`;
      return { kind: STATE_KINDS[to] ?? 'STATE_CHANGED', text, command };
    }
    case 'actionChanged':
      return change.value.evidence ? undefined : saidOfAction(change.value.action, trade);
    default:
      return undefined;
  }
}

const STATE_KINDS: Readonly<Partial<Record<TradeState, NoticeKind>>> = {
  [TradeState.HEDGED]: 'HEDGED',
  [TradeState.CLOSED]: 'TRADE_CLOSED',
};

const ACTION_KINDS: Readonly<
  Partial<Record<ActionStatus, { kind: NoticeKind; what: string; advice: string }>>
> = {
  [ActionStatus.HELD]: {
    kind: 'ACTION_HELD',
    what: 'is held for a person',
    advice: "Compare the market with the broker's own prices, then let it go on or give it up.",
  },
  [ActionStatus.REJECTED]: {
    kind: 'ACTION_REJECTED',
    what: 'was rejected by the broker',
    advice: 'See what the broker answered, then replay the action or leave it.',
  },
  [ActionStatus.DEAD]: {
    kind: 'ACTION_DEAD',
    what: 'was given up',
    advice: 'See what the broker answered, then replay the action or leave it.',
  },
};

function saidOfAction(
  action: { actionId: string; type: ActionType; status: ActionStatus; reason: string } | undefined,
  trade: string,
): Said | undefined {
  const told = action === undefined ? undefined : ACTION_KINDS[action.status];
  if (action === undefined || told === undefined) return undefined;
  const why = action.reason === '' ? '' : `: ${action.reason}`;
  const { kind, what, advice } = told;
  const text = `${ActionType[action.type]} of ${trade} ${what}${why}`;
  return { kind, text, advice, command: `dtms actions show ${action.actionId}` };
}
