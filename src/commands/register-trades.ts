// Owns registering trades: one, or many of which each has an outcome of its own.

import type { ShownTrade } from '../domain/trade/reading.js';
import type { Trade, TradeSpec } from '../domain/trade/trade.js';
import { differingFields, isAdoptable } from '../domain/trade/version.js';
import type { DurableTrade } from '../engine/durable-trades.js';
import { tradeKey } from '../engine/results.js';
import { shownTrade } from '../engine/shown-trade.js';
import type { Term } from '../engine/term.js';
import { DtmsError, invalidField, tradeDiffers, type Violation } from '../errors/errors.js';
import { type Deciding, journalled, type PreparedCommand } from './command.js';
import { checkMarketDate } from './dates.js';
import { checkFeed } from './feeds.js';
import { checkPosition, checkSpec } from './spec-rules.js';

/** A registration, however it came about. */
export interface RegisteredTrade {
  readonly trade: ShownTrade;
  readonly alreadyRegistered: boolean;
}

export interface NumberedTrade {
  readonly trade: Trade;
  /** The revision of the trade's latest change. */
  readonly revision: number;
  readonly alreadyRegistered: boolean;
}

/** One of many that is refused before it is one. */
export interface RefusedSpec {
  readonly spec: Pick<TradeSpec, 'account' | 'ticket'>;
  /** The field at fault, and what is wrong. */
  readonly error: Violation;
}

/** What became of one of many. */
export interface RegisterOutcome {
  readonly spec: Pick<TradeSpec, 'account' | 'ticket'>;
  /** Or the error it is refused with. */
  readonly outcome: NumberedTrade | DtmsError;
}

export interface RegisteredTrades {
  readonly registered: readonly RegisterOutcome[];
  /** The log's head after the last new registration; 0 without one. */
  readonly revision: number;
}

/** Trades that closed, by key. */
type Closed = ReadonlyMap<string, DurableTrade>;

/** A trade in the engine; `revision` is null while its registration has none. */
interface Applied {
  readonly trade: Trade;
  readonly revision: number | null;
}

/** The command throws INVALID_FIELD, STOP_ON_WRONG_SIDE, TRADE_DIFFERS. */
export const registerTrade = journalled(
  'registerTrade',
  (spec: TradeSpec): PreparedCommand<Closed, RegisteredTrade> => {
    return {
      prepare: (term) => closedAmong(term, [spec]),
      mayBegin: (closed) => notAmong(closed, [spec]),
      apply: (term, closed) => {
        const { trade, revision } = register(term, spec, closed);
        return {
          respond: (head) => ({
            trade: shownTrade(term, trade, revision ?? head),
            alreadyRegistered: revision !== null,
          }),
        };
      },
    };
  },
);

export const registerTrades = journalled(
  'registerTrades',
  (told: readonly (TradeSpec | RefusedSpec)[]): PreparedCommand<Closed, RegisteredTrades> => {
    const readable = told.filter((one): one is TradeSpec => !('error' in one));
    const specs = told.map((one) => ('error' in one ? one.spec : one));
    return {
      prepare: (term) => closedAmong(term, readable),
      mayBegin: (closed) => notAmong(closed, readable),
      apply: (term, closed) => {
        const applied = told.map((one) =>
          'error' in one
            ? invalidField(one.error.field, one.error.description)
            : attempt(() => register(term, one, closed)),
        );
        return { respond: (head) => numbered(specs, applied, head) };
      },
    };
  },
);

async function closedAmong(term: Term, specs: readonly TradeSpec[]): Promise<Closed> {
  const closed = await term.closedAmong(specs);
  return new Map(
    closed.map((durable) => [tradeKey(durable.trade.spec.account, durable.trade.spec.ticket), durable]),
  );
}

function notAmong(closed: Closed, specs: readonly TradeSpec[]): readonly TradeSpec[] {
  return specs.filter(({ account, ticket }) => !closed.has(tradeKey(account, ticket)));
}

/**
 * Registers a trade in the engine, or finds it registered before, as it is now. Throws INVALID_FIELD, TRADE_DIFFERS,
 * and STOP_ON_WRONG_SIDE, FEED_NOT_FOLLOWED and POSITION_NOT_SHOWN of a new one: the stop of a trade that is known may have moved past its
 * entry.
 */
function register(term: Deciding, told: TradeSpec, closed: Closed): Applied {
  const { account, ticket, openedAt } = told;
  const feed = told.feed || term.engine.accounts.feedOf(account);
  const spec = { ...told, feed };
  const known = closed.get(tradeKey(account, ticket));
  const live = term.engine.get(account, ticket);
  if (live === undefined && known !== undefined) {
    const { tickSize } = term.engine.termsOf({ spec });
    const fields = differingFields(known.trade.spec, spec, tickSize, term.engine.accounts.rulesOf(account));
    if (fields.length > 0) throw tradeDiffers(account, ticket, fields);
    return known;
  }
  checkMarketDate('trade.opened_at', openedAt, feed, term);
  if (live === undefined || isAdoptable(live)) {
    checkSpec(spec);
    checkFeed(term, spec);
    checkPosition(term.engine, spec);
  }
  const { outcome, trade, fields } = term.engine.register(spec, term.clock.now(feed));
  if (outcome === 'differs') throw tradeDiffers(account, ticket, fields);
  return { trade, revision: outcome === 'same' ? term.revisionOf(trade) : null };
}

/** An outcome, or the error it is refused with. Anything but a DtmsError fails the whole command. */
function attempt<T>(perform: () => T): T | DtmsError {
  try {
    return perform();
  } catch (error) {
    if (error instanceof DtmsError) return error;
    throw error;
  }
}

/** New registrations took the revisions up to `head` in the order of the request. */
function numbered(
  specs: readonly RegisterOutcome['spec'][],
  applied: readonly (Applied | DtmsError)[],
  head: number,
): RegisteredTrades {
  const isNew = (one: Applied | DtmsError): boolean => !(one instanceof DtmsError) && one.revision === null;
  const fresh = applied.filter(isNew).length;
  let next = head - fresh + 1;
  /** Of the new ones, by trade: one that stands there again has the same. */
  const given = new Map<string, number>();
  const registered = specs.flatMap((spec, index): RegisterOutcome[] => {
    const one = applied[index];
    if (one === undefined) return [];
    if (one instanceof DtmsError) return [{ spec, outcome: one }];
    const key = tradeKey(spec.account, spec.ticket);
    if (one.revision === null) given.set(key, next++);
    const revision = given.get(key) ?? one.revision ?? head;
    return [{ spec, outcome: { trade: one.trade, revision, alreadyRegistered: one.revision !== null } }];
  });
  return { registered, revision: fresh === 0 ? 0 : head };
}
