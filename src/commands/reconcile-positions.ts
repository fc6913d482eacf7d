// Owns bringing an account's trades in line with a bridge's snapshot of positions and deals.
import { isDeepStrictEqual } from 'node:util';
import { emptyAccount } from '../domain/account/account.js';
import { snapshotObstacle } from '../domain/account/bridges.js';
import { volumeSum } from '../domain/actions/quantise.js';
import { tagOf } from '../domain/broker/order-tag.js';
import type { BrokerDeal, BrokerSnapshot } from '../domain/broker/snapshot.js';
import { bookedDeals, isSettled, newlyBooked } from '../domain/money/booked.js';
import type { RealisedResult } from '../domain/money/realised.js';
import { heldLots } from '../domain/money/realised.js';
import type { Engine } from '../engine/engine.js';
import { type Findings, type Opener, openerOf, questionsOf } from '../engine/findings.js';
import type { ReconcileReport } from '../engine/open-reconciliations.js';
import { Reconciliation } from '../engine/reconcile.js';
import type { Term } from '../engine/term.js';
import { bridgeNotReady, invalidField, overloaded, snapshotTooOld } from '../errors/errors.js';
import type { DecisionStore } from '../store/store.js';
import type { BookedResult } from '../store/types.js';
import {
  type Applied,
  type Deciding,
  type ImmediateCommand,
  journalled,
  type PreparedCommand,
} from './command.js';
import { checkDate } from './dates.js';

export interface Reconciled extends ReconcileReport {
  readonly revision: number;
}

/** Who tells it, and which of its snapshots it is; 0 where it numbers none. */
export interface Teller {
  readonly bridgeId: string;
  readonly sequence: bigint;
}

/** What is looked up; absent parts were not told by the journal of an older program. */
interface LookedUp extends Findings {
  /** What the broker booked of lots that were closed before. */
  readonly booked?: readonly BookedResult[];
  /** Deals that are in results as they are. */
  readonly unchanged?: readonly bigint[];
  /** The currencies of deals that may be told for the first time. */
  readonly currencies?: ReadonlyMap<bigint, string>;
  /** How often snapshots had changed the account's results when these were looked up. */
  readonly changes?: number;
  /** Steps of the first turn: an older program took all of them. */
  readonly steps?: number;
}

/** So many trades and positions are reconciled in one turn. */
const AT_ONCE = 100;
/** After which a bridge may send the next one while one is being reconciled. */
const AGAIN_MS = 250;

/** Throws INVALID_FIELD; the command throws INVALID_FIELD, BRIDGE_NOT_READY, OVERLOADED or SNAPSHOT_TOO_OLD. */
export const reconcilePositions = journalled(
  'reconcilePositions',
  (account: string, teller: Teller, told: BrokerSnapshot): PreparedCommand<LookedUp, Reconciled> => {
    checkUnique(told);
    const snapshot = { ...told, deals: distinctDeals(told.deals) };
    return {
      prepare: async (term, store) => {
        checkSnapshot(account, teller, snapshot, term);
        return lookUp(account, snapshot, term, store);
      },
      mayBegin: ({ asked, openings = [], settled }) =>
        [...asked, ...openings].flatMap((ticket) => (settled.has(ticket) ? [] : { account, ticket })),
      // Another snapshot may have put a deal into another result.
      isOutdated: ({ engine }, { changes }) =>
        changes !== undefined && changes !== engine.accounts.booked.changes(account),
      apply: (term, findings) => {
        // Another snapshot, or a heartbeat, may have come since.
        checkSnapshot(account, teller, snapshot, term);
        const { engine } = term;
        const {
          booked = [],
          unchanged = [],
          currencies = new Map(),
          steps = Number.POSITIVE_INFINITY,
        } = findings;
        const inResults = [...unchanged, ...booked.flatMap(({ deals = [] }) => deals)];
        // First: where a close is taken back, deals are asked about anew.
        engine.accounts.booked.note(account, inResults, currencies, snapshot);
        if (booked.length > 0) engine.accounts.booked.changed(account);
        const begun = new Reconciliation(engine, account, snapshot, findings, term.databaseNow());
        const report = engine.accounts.reconciling.begin(account, begun, steps);
        return { work: { booked }, ...reconciled(term, account, teller, report) };
      },
    };
  },
);

/** The next steps of the snapshot of an account that is being reconciled. */
export const goOnReconciling = journalled(
  'goOnReconciling',
  (account: string, teller: Teller, steps: number): ImmediateCommand<Reconciled> => ({
    apply: (term) => {
      const report = term.engine.accounts.reconciling.goOn(account, steps);
      return reconciled(term, account, teller, report);
    },
  }),
);

/** @param report - null while there is more of it */
function reconciled(
  { engine }: Deciding,
  account: string,
  teller: Teller,
  report: ReconcileReport | null,
): Applied<Reconciled> {
  if (report === null) return { rest: goOnReconciling(account, teller, AT_ONCE), respond: unfinished };
  // Not before: until then the snapshot may be sent again.
  engine.accounts.numbered(account, teller.bridgeId, teller.sequence);
  return { respond: (revision) => ({ ...report, revision }) };
}

function unfinished(): never {
  throw new Error('the snapshot is not reconciled yet');
}

/** Asks the store about positions that the engine does not know. */
async function lookUp(
  account: string,
  snapshot: BrokerSnapshot,
  term: Term,
  store: DecisionStore,
): Promise<LookedUp> {
  const { identifiers, openings, tags } = questionsOf(term.engine, account, snapshot);
  const actions = tags.length === 0 ? [] : await store.findActionsByTag(account, tags);
  const openers = new Map<string, Opener>(
    actions.map(({ action, ticket }) => [tagOf(action.actionId), openerOf(ticket, action)]),
  );
  const keyOf = (ticket: bigint) => ({ account, ticket });
  const named = await term.findAll(Array.from(openers.values(), ({ ticket }) => keyOf(ticket)));
  // Last, and with whatever closes meanwhile: a trade must not begin where one was.
  const closed = await term.closedAmong([...new Set([...identifiers, ...openings])].map(keyOf));
  const trades = [...named, ...closed];
  return {
    asked: new Set(identifiers),
    openings: new Set(openings),
    settled: new Map(trades.map(({ trade }) => [trade.spec.ticket, trade])),
    openers,
    ...(await lookUpBooked(account, snapshot, term, store)),
    steps: AT_ONCE,
  };
}

/** Asks the store what lots the deals closed that tell what they earned, or tell it otherwise than before. */
async function lookUpBooked(
  account: string,
  snapshot: BrokerSnapshot,
  term: Term,
  store: DecisionStore,
): Promise<Pick<LookedUp, 'booked' | 'unchanged' | 'currencies' | 'changes'>> {
  const { engine } = term;
  const { deals, dealsSince: since } = snapshot;
  const { booked: known } = engine.accounts;
  const told = bookedDeals(deals);
  const fresh = told.filter((deal) => !known.has(account, deal));
  if (fresh.length === 0) return {};
  const positions = [...new Set(fresh.map(({ positionIdentifier }) => positionIdentifier))];
  const { currency = null } = engine.accounts.get(account) ?? {};
  const changes = known.changes(account);
  // What changed before is in the store, and what changes from now on is noticed.
  await term.settled();
  const results = await store.findResults(account, positions);
  const shown = new Map(snapshot.positions.map((position) => [position.identifier, position.volume]));
  const isWhole = (result: RealisedResult): boolean =>
    (snapshot.complete || shown.has(result.position ?? 0n)) &&
    volumeSum(openLots(engine, result), -(shown.get(result.position ?? 0n) ?? 0)) === 0;
  const recorded = { since, isWhole, currencies: known.currencies(account) };
  const booked = newlyBooked(results, deals, currency, recorded);
  const changed = new Set(booked.map(({ revision, leg }) => `${revision} ${leg}`));
  const byNumber = new Map(told.map((deal) => [deal.deal, deal]));
  const others = results.filter(
    (result) => !changed.has(`${result.revision} ${result.leg}`) && isSettled(result, byNumber),
  );
  const currencies = new Map([
    ...fresh.flatMap(({ deal }) => (currency === null ? [] : [[deal, currency] as const])),
    ...results.flatMap((result) => (result.deals ?? []).map((deal) => [deal, result.currency] as const)),
  ]);
  return { booked, unchanged: others.flatMap((result) => result.deals ?? []), currencies, changes };
}

/** The lots of a result's position that are known to be open. */
function openLots(engine: Engine, { account, ticket, leg, position }: RealisedResult): number {
  const trade = engine.get(account, ticket);
  if (trade === undefined) return 0;
  const { hedge } = trade;
  if (leg === 'POSITION') return heldLots(trade);
  return hedge?.ticket === position ? (hedge?.volume ?? 0) : 0;
}

/** Each deal once. Throws INVALID_FIELD when one is told twice, and not the same: neither can be believed. */
function distinctDeals(deals: readonly BrokerDeal[]): readonly BrokerDeal[] {
  const known = new Map<bigint, BrokerDeal>();
  for (const [index, deal] of deals.entries()) {
    const before = known.get(deal.deal);
    if (before !== undefined && !isDeepStrictEqual(before, deal))
      throw invalidField(`deals[${index}].deal`, `${deal.deal} is told twice, and not the same`);
    known.set(deal.deal, before ?? deal);
  }
  return known.size === deals.length ? deals : [...known.values()];
}

/** Throws INVALID_FIELD when a position is told twice, or two have one ticket: an order would close either. */
function checkUnique({ positions }: BrokerSnapshot): void {
  for (const name of ['identifier', 'ticket'] as const) {
    const seen = new Set<bigint>();
    for (const [index, { [name]: number }] of positions.entries()) {
      if (seen.has(number)) throw invalidField(`positions[${index}].${name}`, `${number} is told twice`);
      seen.add(number);
    }
  }
}

function checkSnapshot(name: string, teller: Teller, { takenAt }: BrokerSnapshot, term: Deciding): void {
  const now = term.databaseNow();
  checkDate('taken_at', takenAt, now, term.engine.rules);
  const { bridgeId, sequence } = teller;
  const account = term.engine.accounts.get(name) ?? emptyAccount(name);
  // Only a bridge that is logged in to this very account knows what is open in it.
  const obstacle = snapshotObstacle(account, bridgeId, now, term.engine.rules);
  if (obstacle !== '') throw bridgeNotReady(name, bridgeId, 'reconcile positions', obstacle);
  if (term.engine.accounts.reconciling.has(name))
    throw overloaded('the snapshot before is being reconciled', {}, AGAIN_MS);
  const last = term.engine.accounts.sequenceOf(name, bridgeId);
  if (sequence !== 0n && sequence <= last) throw snapshotTooOld(sequence, last);
}
