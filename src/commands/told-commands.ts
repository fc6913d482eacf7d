// Owns the commands that the journal tells, by their names: each can be made again of what it was made of.
import type { JournalEntry } from '../store/bodies/journal.js';
import { UnreadableJournalError } from '../store/bodies/journal.js';
import * as accounts from './accounts.js';
import * as trades from './change-trade.js';
import { closePositions } from './close-positions.js';
import type { Command } from './command.js';
import * as feeds from './feeds.js';
import { clearFeatureFlag, defineFlags, setFeatureFlag } from './flags.js';
import { leaseActions } from './lease-actions.js';
import * as modifications from './modifications.js';
import { assignPolicy, assignTrades, deletePolicy, upsertPolicy } from './policies.js';
import { goOnReconciling, reconcilePositions } from './reconcile-positions.js';
import * as reference from './reference-data.js';
import { registerTrade, registerTrades } from './register-trades.js';
import { releaseHeld } from './release-held.js';
import { keepLate, leaseStep } from './report-action.js';
import { replayAction, resolveAction } from './settle-action.js';

const { updateTrade, closeTrade, pauseTrade, resumeTrade } = trades;
const { upsertAccount, reportAccount, setRails, setOrderCaps, setAccountKind, setAccountMode } = accounts;
const { setTradingState } = accounts;
const { upsertFeed, resetFeed, deleteFeed } = feeds;
const { acquireModification, commitModification, releaseModification } = modifications;
const { upsertInstruments, upsertNewsEvents, deleteInstruments, deleteNewsEvents } = reference;

/** Each by its name. */
export const TOLD_COMMANDS: Readonly<Record<string, (...args: never[]) => object>> = {
  ...{ registerTrade, registerTrades, updateTrade, closeTrade, pauseTrade, resumeTrade },
  ...{
    upsertAccount,
    reportAccount,
    setRails,
    setOrderCaps,
    setAccountKind,
    setAccountMode,
    setTradingState,
  },
  ...{
    upsertFeed,
    resetFeed,
    deleteFeed,
    reconcilePositions,
    goOnReconciling,
    leaseActions,
    leaseStep,
    keepLate,
  },
  ...{ setFeatureFlag, clearFeatureFlag, defineFlags },
  ...{ upsertPolicy, deletePolicy, assignPolicy, assignTrades },
  ...{ releaseHeld, closePositions, resolveAction, replayAction },
  ...{ acquireModification, commitModification, releaseModification },
  ...{ upsertInstruments, upsertNewsEvents, deleteInstruments, deleteNewsEvents },
};

/** Makes a command again. @throws UnreadableJournalError when this program has none of that name */
export function toldCommand({ name, args }: Pick<JournalEntry, 'name' | 'args'>): Command<unknown, unknown> {
  const make = Object.hasOwn(TOLD_COMMANDS, name) ? TOLD_COMMANDS[name] : undefined;
  if (make === undefined)
    throw new UnreadableJournalError(`the journal tells of ${name}, which is not known`);
  return Reflect.apply(make, undefined, args);
}
