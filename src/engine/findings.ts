// Owns what the reconciliation of a snapshot has to ask of the store, and what was found of it.
import { tagOf } from '../domain/broker/order-tag.js';
import type { BrokerSnapshot } from '../domain/broker/snapshot.js';
import { type BrokerIndex, indexSnapshot } from '../domain/broker/snapshot-index.js';
import { matchPositions } from '../domain/reconciliation/match-positions.js';
import type { Action } from '../domain/trade/action.js';
import { type ActionType, dealsOf } from '../domain/trade/action-specs.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from './engine.js';

/** What the engine does not know of the snapshot's positions and somebody has to look up. */
export interface Questions {
  /** Identifiers that may be of trades that are settled. */
  readonly identifiers: readonly bigint[];
  /** The same of positions that, by a tag, an action opened. */
  readonly openings: readonly bigint[];
  /** Comments that may be of actions that are settled. */
  readonly tags: readonly string[];
}

/** What was found of it. */
export interface Findings {
  /** The identifiers that were looked up; what was not waits for the next snapshot. */
  readonly asked: ReadonlySet<bigint>;
  /** The same of what actions are said to have opened; absent in journals of older programs. */
  readonly openings?: ReadonlySet<bigint>;
  /** Settled trades by ticket: of the identifiers, and those whose actions the tags name. */
  readonly settled: ReadonlyMap<bigint, Trade>;
  /** What the tags name, by tag. */
  readonly openers: ReadonlyMap<string, Opener>;
}

/** The action a position's order was of, and the ticket of its trade. */
export interface Opener {
  readonly ticket: bigint;
  readonly type: ActionType;
  /** The position that it opened, 0 for none; absent where its end does not say, or it has none, and in older journals. */
  readonly opened?: bigint;
}

/** What is known of what an action's order opened. */
export function openerOf(ticket: bigint, { type, status, result }: Action): Opener {
  if (status !== 'DONE' || result === null) return { ticket, type };
  const opened = result.outcome === 'NO_CHANGE' ? 0n : result.openedTicket;
  return opened === null ? { ticket, type } : { ticket, type, opened };
}

/** Whether a position was looked up. */
export function isLookedUp({ asked, openings }: Findings, identifier: bigint): boolean {
  return openings === undefined || openings.has(identifier) || asked.has(identifier);
}

/** What must be looked up before `reconcileAccount`. */
export function questionsOf(engine: Engine, account: string, snapshot: BrokerSnapshot): Questions {
  const broker = indexSnapshot(snapshot);
  const { strangers } = matchPositions(engine.tradesOf(account), broker, engine.rules.symbols);
  const unknown = strangers.filter(({ opener }) => opener === null).map(({ position }) => position);
  return {
    identifiers: unknown.map(({ identifier }) => identifier),
    openings: openingsIn(engine, account, broker),
    tags: unknown.map(({ comment }) => comment).filter((comment) => broker.taggedPositions.has(comment)),
  };
}

/** The positions that a tag says an action opened, and that are no trade's in memory. */
function openingsIn(engine: Engine, account: string, broker: BrokerIndex): readonly bigint[] {
  const dealt = engine.acting
    .trades(account)
    .flatMap(({ actions }) => actions.filter(({ type }) => dealsOf(type) === 'open'))
    .flatMap(({ actionId }) => broker.taggedDeals.get(tagOf(actionId)) ?? [])
    .map(({ positionIdentifier }) => positionIdentifier);
  const open = Array.from(broker.taggedPositions.values(), ({ identifier }) => identifier);
  return [...new Set([...open, ...dealt])].filter(
    (identifier) => engine.get(account, identifier) === undefined,
  );
}
