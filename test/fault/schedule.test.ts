// Faults of every kind, in an order drawn from a seed, befall two real servers, or more, on one real Postgres under load: what was
// acknowledged is in the log, once; the log has no gap; every watch saw all of it and none was silent; the broker did each
// thing once; no process ended by itself. `npm run test:faults -- --only schedule --minutes 30 --seed 7` makes it long, and
// `--only kill` makes it of one kind. The order of the faults, how long each lasts and when it comes are the seed's; what
// they meet is the machine's.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { packageRoot } from '../../src/package-files.js';
import { NO_CLOCKS } from '../support/clock.js';
import { until } from '../support/eventually.js';
import { FaultLoad, logFaults, readLog, SMALL_LOAD } from '../support/fault-load.js';
import { FAULT_KINDS, FaultStage } from '../support/fault-stage.js';

const SEED = Number(process.env.DTMS_FAULT_SEED ?? 1);
const MINUTES = Number(process.env.DTMS_FAULT_MINUTES ?? 0);
/** Without a time: so many. */
const SHORT = 5;
const ONLY = process.env.DTMS_FAULT_KIND ?? '';
const SERVERS = Number(process.env.DTMS_FAULT_SERVERS ?? 2);
/** From one write of a client to its next: slower ones leave room for other work beside a run of hours. */
const PAUSE_MS = Number(process.env.DTMS_FAULT_PAUSE_MS ?? SMALL_LOAD.pauseMs);
/** A fault with its recovery, ms. */
const LONGEST_MS = 90_000;
/** Acknowledged writes before each fault: without traffic it shows nothing. */
const LEAST_WRITES = 30;

interface Befallen {
  readonly kind: string;
  /** From the fault's beginning to the first write that was begun after it and acknowledged, ms. */
  readonly recoveryMs: number;
  /** How often the lead was taken until then: more than once where servers are too slow to keep it. */
  readonly terms: number;
  /** The longest that a watch heard nothing until then, ms. */
  readonly silentMs: number;
  readonly writes: number;
}

/** The kinds in the order of the seed: all of them, shuffled, again and again. */
function* schedule(random: () => number): Generator<{ kind: string; span: number; pauseMs: number }> {
  const kinds = Object.keys(FAULT_KINDS).filter((kind) => ONLY === '' || kind === ONLY);
  if (kinds.length === 0) throw new Error(`no kind ${ONLY}: one of ${Object.keys(FAULT_KINDS).join(', ')}`);
  for (;;) {
    const left = [...kinds];
    while (left.length > 0) {
      const [kind = ''] = left.splice(Math.floor(random() * left.length), 1);
      yield { kind, span: random(), pauseMs: random() * 1500 };
    }
  }
}

const without = NO_CLOCKS === '' ? '' : `, but for clocks that jump, skipped for want of ${NO_CLOCKS}`;

it(`loses, doubles and hides nothing, and lives${without}`, { timeout: (MINUTES + 5) * 60_000 }, async () => {
  const stage = await FaultStage.open(SERVERS);
  const load = new FaultLoad(stage.addresses, { ...SMALL_LOAD, pauseMs: PAUSE_MS });
  stage.reached = () => load.reached;
  const befallen: Befallen[] = [];
  const startedAt = performance.now();
  const goesOn = () =>
    MINUTES === 0 ? befallen.length < SHORT : performance.now() - startedAt < MINUTES * 60_000;
  try {
    load.start();
    for (const { kind, span, pauseMs } of schedule(seededRandom(SEED))) {
      const before = load.writes;
      await until(`traffic before ${kind}`, () => load.writes >= before + LEAST_WRITES);
      await sleep(pauseMs);
      if (!goesOn()) break;
      befallen.push({ kind, ...(await inTime(kind, befall(stage, load, kind, span))) });
      stage.look();
    }
    await load.finish(() => stage.newest());
    const { log, differing } = await readLog(stage.url, FaultStage.ALL_EVENTS);
    const found = {
      log: [...logFaults(log, load), ...differing].slice(0, 10),
      broker: load.brokerFaults,
      untyped: load.untyped.slice(0, 5),
      silences: load.silences,
      exits: stage.exits,
    };
    report(befallen, load, log.length, found.log);
    expect(found).toEqual({ log: [], broker: [], untyped: [], silences: [], exits: [] });
    expect(load.writes).toBeGreaterThan(befallen.length * LEAST_WRITES);
    expect(load.orders).toBeGreaterThan(0);
  } catch (error) {
    console.log(`after ${befallen.map(({ kind }) => kind).slice(-5)}\n${await stage.told()}`);
    throw error;
  } finally {
    await stage.close();
  }
});

/** What comes of a fault, unless it takes too long: a test that waits for ever tells nothing. */
function inTime<T>(kind: string, befalling: Promise<T>): Promise<T> {
  const never = sleep(LONGEST_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${kind} was not over after ${LONGEST_MS} ms`);
  });
  return Promise.race([befalling, never]);
}

async function befall(stage: FaultStage, load: FaultLoad, kind: string, span: number) {
  const fault = FAULT_KINDS[kind];
  if (fault === undefined) throw new Error(`no kind ${kind}`);
  const { writes } = load;
  const terms = await stage.terms();
  load.longestSilence = 0;
  let recovery: Promise<number> = Promise.resolve(0);
  await fault.befall(stage, span, () => {
    const began = performance.now();
    recovery = load.nextWrite().then((at) => at - began);
  });
  const recoveryMs = Math.round(await recovery);
  return {
    recoveryMs,
    writes: load.writes - writes,
    silentMs: load.longestSilence,
    terms: (await stage.terms()) - terms,
  };
}

/** By kind: how many, and how soon writes were acknowledged again. */
function report(
  befallen: readonly Befallen[],
  load: FaultLoad,
  events: number,
  faults: readonly string[],
): void {
  const kinds = [...new Set(befallen.map(({ kind }) => kind))].map((kind) => {
    const some = befallen.filter((each) => each.kind === kind);
    const sorted = some.map(({ recoveryMs }) => recoveryMs).sort((one, other) => one - other);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const silent = Math.max(...some.map(({ silentMs }) => silentMs));
    const terms = Math.max(...some.map((each) => each.terms));
    return { kind, runs: some.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0, silent, terms };
  });
  const count = (word: string) => faults.filter((fault) => fault.startsWith(word)).length;
  const told = {
    seed: SEED,
    servers: SERVERS,
    minutes: MINUTES,
    faults: befallen.length,
    acknowledged: load.writes,
    events,
    orders: load.orders,
    lost: count('lost'),
    doubled: count('doubled'),
    gaps: count('gap'),
    kinds,
  };
  const folder = join(packageRoot(), 'build', 'faults');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'schedule.json'), `${JSON.stringify(told, null, 2)}\n`);
}
