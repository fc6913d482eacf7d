// Owns judging a simulation: by the log, the broker's ledger, the callers' journal, the watches, and the leader's memory.
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { PaperBroker } from '../../src/broker/paper-broker.js';
import type { Term } from '../../src/engine/term.js';
import { judge, LogAccount } from '../support/fault-oracle.js';
import type { MemoryDatabase } from './memory-database.js';
import type { SimWatch } from './sim-watch.js';

/** What a simulation came to. */
export interface Outcome {
  readonly seed: number;
  /** Broken promises, in words; none when all is well. */
  readonly faults: readonly string[];
  readonly events: number;
  readonly terms: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly executions: number;
  readonly streams: number;
  /** Of the whole log: the same seed gives the same. */
  readonly digest: string;
}

/** What a simulation leaves behind. */
export interface Remains {
  readonly seed: number;
  readonly kills: number;
  readonly account: string;
  readonly database: MemoryDatabase;
  readonly broker: PaperBroker;
  readonly watches: readonly SimWatch[];
  /** By account and ticket: how the registration was answered, `false` where it was the first. */
  readonly acknowledged: ReadonlyMap<string, string>;
  readonly untyped: readonly string[];
  /** Where the journal does not make the log again. */
  readonly journal: readonly string[];
  /** Of whoever leads in the end; null when nobody does. */
  readonly term: Term | null;
  /** What was not over when time was. */
  readonly unfinished: readonly string[];
}

export function verdictOn(remains: Remains): Outcome {
  const { database, broker, watches, seed, kills, acknowledged } = remains;
  const log = database.log.map(({ payload, revision }) => ({
    ...TradeEvent.decode(payload),
    revision: BigInt(revision),
  }));
  const faults = [
    ...remains.unfinished,
    ...remains.untyped.map((text) => `untyped: ${text}`),
    ...brokerFaults(remains, log),
    ...callerFaults(acknowledged, log),
    ...watches.flatMap((watch, index) => watch.judge(database.log).map((fault) => `watch ${index} ${fault}`)),
    ...remains.journal,
    ...memoryFaults(remains),
  ];
  const digest = createHash('sha256');
  for (const { payload } of database.log) digest.update(payload);
  return {
    seed,
    faults,
    kills,
    events: log.length,
    terms: database.terms,
    acknowledged: acknowledged.size,
    executions: broker.history.length,
    streams: watches.reduce((sum, { streams }) => sum + streams, 0),
    digest: digest.digest('hex').slice(0, 16),
  };
}

function brokerFaults({ account, broker }: Remains, events: readonly TradeEvent[]): string[] {
  const log = new LogAccount();
  try {
    for (const event of events) if (event.account === account) log.take(event);
  } catch (error) {
    return [`the log makes no sense: ${String(error)}`];
  }
  const { executedUnknown: _, ...verdict } = judge(broker, log, 0.01);
  return Object.entries(verdict).flatMap(([what, found]) =>
    found.map((each: unknown) => `${what}: ${String(each)}`),
  );
}

/** Each trade is registered once, each acknowledged one is there, and its versions have no gap. */
function callerFaults(acknowledged: ReadonlyMap<string, string>, log: readonly TradeEvent[]): string[] {
  const registered = new Map<string, number>();
  const versions = new Map<string, bigint>();
  const faults: string[] = [];
  for (const { account, ticket, tradeVersion, change } of log) {
    const key = `${account}:${ticket}`;
    if (change?.$case === 'registered' && !change.value.adopted)
      registered.set(key, (registered.get(key) ?? 0) + 1);
    const expected = (versions.get(key) ?? 0n) + 1n;
    if (tradeVersion !== expected) faults.push(`${key} has version ${tradeVersion} after ${expected - 1n}`);
    versions.set(key, tradeVersion);
  }
  for (const [key, times] of registered) if (times > 1) faults.push(`${key} was registered ${times} times`);
  for (const [key, answer] of acknowledged) {
    if (!registered.has(key)) faults.push(`${key} was acknowledged and is lost`);
    if (answer !== 'false') faults.push(`${key} was answered as a repeat: the first answer is forgotten`);
  }
  return faults;
}

/** What the leader knows is what the next one would restore. */
function memoryFaults({ term, database }: Remains): string[] {
  if (term === null) return ['nobody leads'];
  return database.activeTrades().flatMap(({ trade, revision }) => {
    const { account, ticket } = trade.spec;
    const known = term.engine.get(account, ticket);
    const isSame =
      known !== undefined && isDeepStrictEqual(known, trade) && term.revisionOf(known) === revision;
    return isSame ? [] : [`the leader knows ${account}:${ticket} otherwise than the database`];
  });
}
