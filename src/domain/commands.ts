// What callers tell of a trade: the broker's truth, a pause, the end. Each returns the events it makes;
// no event means that nothing changed.
import { freeze } from './monitoring.js';
import { expired, isUntouched, STOP_ACTIONS } from './plan-draft.js';
import { planActions, type Surroundings } from './planning.js';
import type { Rules } from './rules.js';
import { rowTold } from './state-machine.js';
import { ended, takeRow } from './step.js';
import { favourable, nextVersion } from './trade.js';
import type { Action, ActionType, CloseReason, Hedge, MarketFacts, Trade, TradeEvent } from './types.js';

/** The broker's truth about a trade; null means unchanged. */
export interface BrokerUpdate {
  readonly volume: number | null;
  readonly stopLoss: number | 'removed' | null;
  readonly takeProfit: number | 'removed' | null;
  readonly hedge: Hedge | 'gone' | null;
  readonly positionTicket: bigint | null;
}

/** An update that says nothing: spread it and add what is known. */
export const NO_UPDATE: BrokerUpdate = {
  volume: null,
  stopLoss: null,
  takeProfit: null,
  hedge: null,
  positionTicket: null,
};

/** What a command needs beside the trade. */
export interface Scene {
  /** null before any market data. */
  readonly facts: MarketFacts | null;
  readonly rules: Rules;
  readonly surroundings: Surroundings;
}

/** What a report changes of a trade, and what it overtakes. */
export interface Reported {
  readonly after: Partial<Trade>;
  /** Proto names of the fields that change. */
  readonly changedFields: readonly string[];
  readonly withdrawn: readonly Action[];
}

/**
 * What the broker's word changes. It is always right, even about a looser stop. Throws RangeError on a
 * number that cannot be a price or a volume.
 */
export function reported(trade: Trade, update: BrokerUpdate, at: number): Reported {
  assertNumbers(update);
  const stopLoss = told(update.stopLoss, trade.stopLoss);
  const overtaken = overtakenBy(trade, stopLoss);
  const position: Partial<Trade> = {
    volume: update.volume ?? trade.volume,
    stopLoss,
    takeProfit: told(update.takeProfit, trade.takeProfit),
    hedge: hedgeAfter(trade.hedge, update.hedge),
    positionTicket: update.positionTicket ?? trade.positionTicket,
  };
  const changedFields = POSITION_FIELDS.filter(([, field]) => position[field] !== trade[field]).map(
    ([name]) => name,
  );
  return {
    after: {
      ...position,
      stopChangedAt: stopLoss === trade.stopLoss ? trade.stopChangedAt : at,
      volumeChangedAt:
        position.volume === trade.volume && position.hedge === trade.hedge ? trade.volumeChangedAt : at,
      actions:
        overtaken.length === 0
          ? trade.actions
          : trade.actions.filter((action) => !overtaken.includes(action)),
    },
    changedFields,
    withdrawn: overtaken.map((action) => expired(action, 'the stop is as tight already')),
  };
}

/**
 * Records what the broker says. When the hedge leg of a HEDGED trade is gone, the trade goes back to
 * WARNING_L2 in a second event. Throws RangeError on a number that cannot be a price or a volume.
 */
export function updateTrade(
  trade: Trade,
  update: BrokerUpdate,
  at: number,
  scene: Scene,
  manager = '',
): readonly TradeEvent[] {
  const { after, changedFields, withdrawn } = reported(trade, update, at);
  if (changedFields.length === 0) return [];
  const updated: TradeEvent = {
    trade: nextVersion(trade, after),
    at,
    change: { kind: 'updated', changedFields, withdrawn, manager },
  };
  const lost = update.hedge === 'gone' && trade.hedge !== null;
  return lost ? [updated, ...hedgeLost(updated.trade, at, scene)] : [updated];
}

/** A HEDGED trade without a hedge goes back to WARNING_L2. */
export function hedgeLost(trade: Trade, at: number, { facts, rules, surroundings }: Scene): TradeEvent[] {
  if (trade.state !== 'HEDGED' || trade.hedge !== null) return [];
  const occasion = { cause: 'HEDGE_GONE', evaluation: null, facts, at } as const;
  return [takeRow(trade, rowTold('HEDGED', 'WARNING_L2'), occasion, rules, surroundings)];
}

/** Proto names of the fields of a position, in the order of the proto. */
export const POSITION_FIELDS: readonly (readonly [string, keyof Trade])[] = [
  ['volume', 'volume'],
  ['stop_loss', 'stopLoss'],
  ['take_profit', 'takeProfit'],
  ['position_ticket', 'positionTicket'],
  ['hedge', 'hedge'],
];

function told(said: number | 'removed' | null, known: number | null): number | null {
  if (said === null) return known;
  return said === 'removed' ? null : said;
}

/** Keeps the known object when the report says the same, so that nothing counts as changed. */
function hedgeAfter(known: Hedge | null, said: Hedge | 'gone' | null): Hedge | null {
  if (said === null) return known;
  if (said === 'gone') return null;
  const same =
    known !== null &&
    known.ticket === said.ticket &&
    known.volume === said.volume &&
    known.entryPrice === said.entryPrice &&
    known.stopLoss === said.stopLoss;
  return same ? known : said;
}

/** Stop plans nobody has begun that would no longer tighten what the broker has. */
function overtakenBy(trade: Trade, stopLoss: number | null): readonly Action[] {
  const sign = favourable(trade.spec.direction);
  return trade.actions.filter(
    (action) =>
      STOP_ACTIONS.has(action.type) &&
      isUntouched(action) &&
      action.stopLoss !== null &&
      stopLoss !== null &&
      sign * (action.stopLoss - stopLoss) <= 0,
  );
}

function assertNumbers({ volume, stopLoss, takeProfit, hedge }: BrokerUpdate): void {
  const leg = hedge === null || hedge === 'gone' ? [] : [hedge.volume, hedge.entryPrice, hedge.stopLoss];
  for (const value of [volume, stopLoss, takeProfit, ...leg]) {
    if (typeof value === 'number' && !(value > 0 && Number.isFinite(value))) {
      throw new RangeError(`${value} is neither a price nor a volume`);
    }
  }
}

/**
 * Ends a trade for a reason a caller gave. What was planned for its position is taken back; a hedge that
 * is open, or being opened, is planned to close.
 */
export function closeTrade(
  trade: Trade,
  close: { readonly reason: CloseReason; readonly price: number | null },
  at: number,
  { facts, rules, surroundings }: Scene,
): TradeEvent {
  const cause = BROKER_REASONS.has(close.reason) ? 'BROKER_CLOSED' : 'REQUESTED';
  const [kept, withdrawn] = withoutUntouched(trade, ({ type }) => type !== 'CLOSE_HEDGE');
  const idle = withdrawn.length === 0 ? trade : { ...trade, actions: kept };
  const row = rowTold(trade.state, 'CLOSED');
  const hedged = trade.hedge !== null || kept.some(({ type }) => type === 'OPEN_HEDGE');
  const occasion = { cause, evaluation: null, facts, at } as const;
  const event = takeRow(idle, hedged ? row : { ...row, plan: [] }, occasion, rules, surroundings);
  const told = ended(event, { closeReason: close.reason, closePrice: close.price });
  if (told.change.kind !== 'stateChanged' || withdrawn.length === 0) return told;
  return { ...told, change: { ...told.change, withdrawn: [...withdrawn, ...told.change.withdrawn] } };
}

/** The open actions that stay, and those taken back because the trade is over. */
function withoutUntouched(
  trade: Trade,
  goes: (action: Action) => boolean,
): readonly [kept: readonly Action[], withdrawn: readonly Action[]] {
  const gone = trade.actions.filter((action) => isUntouched(action) && goes(action));
  if (gone.length === 0) return [trade.actions, []];
  return [
    trade.actions.filter((action) => !gone.includes(action)),
    gone.map((action) => expired(action, 'the trade is closed')),
  ];
}

/** Plans actions outside the state table, for a reason of its own; no event when nothing comes of it. */
export function planOutside(
  trade: Trade,
  cause: string,
  types: readonly ActionType[],
  at: number,
  { facts, rules, surroundings }: Scene,
): readonly TradeEvent[] {
  const { actions, planned, suppressed, withdrawn, stopChangedAt } = planActions(
    types,
    trade,
    trade.state,
    facts,
    at,
    rules,
    surroundings,
  );
  if (planned.length === 0 && suppressed.every(({ reason }) => reason === 'COALESCED')) return [];
  const deadLetters = trade.deadLetters.filter(({ type }) => !planned.some((action) => action.type === type));
  return [
    {
      trade: nextVersion(trade, {
        actions,
        stopChangedAt,
        deadLetters: deadLetters.length === trade.deadLetters.length ? trade.deadLetters : deadLetters,
      }),
      at,
      change: { kind: 'actionPlanned', cause, planned, suppressed, withdrawn },
    },
  ];
}

const BROKER_REASONS: ReadonlySet<CloseReason> = new Set([
  'STOP_LOSS',
  'TAKE_PROFIT',
  'BROKER_GONE',
  'DEFENSIVE',
]);

/** Stops a trade's evaluation and keeps how it stood. */
export function pauseTrade(
  trade: Trade,
  reason: string,
  facts: MarketFacts | null,
  at: number,
): readonly TradeEvent[] {
  if (trade.pausedAt !== null) return [];
  const after = nextVersion(trade, { ...freeze(trade, facts), pausedAt: at });
  return [{ trade: after, at, change: { kind: 'paused', reason } }];
}

/** Starts it again. What structure did meanwhile is old news. */
export function resumeTrade(
  trade: Trade,
  reason: string,
  facts: MarketFacts | null,
  at: number,
): readonly TradeEvent[] {
  if (trade.pausedAt === null) return [];
  const counting = trade.monitoredSince !== null;
  const after = nextVersion(trade, {
    pausedAt: null,
    structureSeenAt: at,
    countedFrom: counting ? (facts?.evaluationCount ?? 0) : null,
    warnedFrom: counting ? at : null,
  });
  return [{ trade: after, at, change: { kind: 'resumed', reason } }];
}
