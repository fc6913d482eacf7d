// Owns what the broker's word changes of a trade. It is always right, even about a looser stop.
import { favourable } from '../market/direction.js';
import { type Action, expired, isUntouched } from '../trade/action.js';
import { movesStop } from '../trade/action-specs.js';
import type { Hedge, Trade } from '../trade/trade.js';

/** The broker's truth about a trade; null means unchanged. */
export interface BrokerUpdate {
  readonly volume: number | null;
  readonly stopLoss: number | 'removed' | null;
  readonly takeProfit: number | 'removed' | null;
  readonly hedge: Hedge | 'gone' | null;
  readonly positionTicket: bigint | null;
  readonly entryPrice: number | null;
}

/** An update that says nothing: spread it and add what is known. */
export const NO_UPDATE: BrokerUpdate = {
  volume: null,
  stopLoss: null,
  takeProfit: null,
  hedge: null,
  positionTicket: null,
  entryPrice: null,
};

/** What changes of a trade, and what that overtakes. */
export interface Effects {
  readonly after: Partial<Trade>;
  /** Proto names of the fields that change. */
  readonly changedFields: readonly string[];
  readonly withdrawn: readonly Action[];
}

export const NO_EFFECTS: Effects = { after: {}, changedFields: [], withdrawn: [] };

/**
 * What the broker's word changes. It is always right, even about a looser stop. Throws RangeError on a
 * number that cannot be a price or a volume.
 */
export function reported(trade: Trade, update: BrokerUpdate, at: number): Effects {
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
  const entryPrice = update.entryPrice ?? trade.spec.entryPrice;
  const hasMoved = entryPrice !== trade.spec.entryPrice;
  return {
    after: {
      ...position,
      spec: hasMoved ? { ...trade.spec, entryPrice } : trade.spec,
      stopChangedAt: stopLoss === trade.stopLoss ? trade.stopChangedAt : at,
      volumeChangedAt:
        position.volume === trade.volume && position.hedge === trade.hedge ? trade.volumeChangedAt : at,
      actions:
        overtaken.length === 0
          ? trade.actions
          : trade.actions.filter((action) => !overtaken.includes(action)),
    },
    changedFields: hasMoved ? [...changedFields, 'entry_price'] : changedFields,
    withdrawn: overtaken.map((action) => expired(action, 'the stop is as tight already')),
  };
}

/** Proto names of the fields of a position, in the order of the proto. */
const POSITION_FIELDS: readonly (readonly [string, keyof Trade])[] = [
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
function hedgeAfter(known: Hedge | null, told: Hedge | 'gone' | null): Hedge | null {
  if (told === null) return known;
  if (told === 'gone') return null;
  const said = withMost(known, told);
  const same =
    known !== null &&
    known.ticket === said.ticket &&
    known.volume === said.volume &&
    known.entryPrice === said.entryPrice &&
    known.stopLoss === said.stopLoss;
  return same ? known : said;
}

/** Of lots that were closed of it some may be there after all. */
function withMost(known: Hedge | null, { most: told, ...said }: Hedge): Hedge {
  const isIt = known !== null && (known.ticket === said.ticket || known.ticket === 0n);
  const most = Math.max(told ?? (isIt ? (known.most ?? known.volume) : 0), said.volume);
  return most > said.volume ? { ...said, most } : said;
}

/** Stop plans nobody has begun that would no longer tighten what the broker has. */
function overtakenBy(trade: Trade, stopLoss: number | null): readonly Action[] {
  const sign = favourable(trade.spec.direction);
  return trade.actions.filter(
    (action) =>
      movesStop(action) &&
      isUntouched(action) &&
      action.stopLoss !== null &&
      stopLoss !== null &&
      sign * (action.stopLoss - stopLoss) <= 0,
  );
}

function assertNumbers({ volume, stopLoss, takeProfit, hedge, entryPrice }: BrokerUpdate): void {
  const leg = hedge === null || hedge === 'gone' ? [] : [hedge.volume, hedge.entryPrice, hedge.stopLoss];
  for (const value of [volume, stopLoss, takeProfit, entryPrice, ...leg]) {
    if (typeof value === 'number' && !(value > 0 && Number.isFinite(value))) {
      throw new RangeError(`${value} is neither a price nor a volume`);
    }
  }
}
