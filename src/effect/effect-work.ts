// Owns the work of effects, done by the server that leads: it reads the log for trades that ended, makes their effects, and
// follows those left alone over the bars that were stored since. All it has is in the database, so a restart or another leader
// goes on where it was; and nothing of it is in the way of the engine.
import type { TradeEffect } from '../domain/effect/effect.js';
import type { MarketHours } from '../domain/market/market-hours.js';
import { RepeatedWork } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { EffectKey, MadeEffect } from '../store/effects.js';
import type { TimeOfEach } from '../store/market-bars.js';
import type { LogCursor } from '../store/notices.js';
import type { Store } from '../store/store.js';
import type { MarketBarsByTimeframe, MarketKey } from '../store/types.js';
import { follow, wholeSteps } from './left-alone.js';
import { type CourseStore, makeEffects, rootsOf, type TermsOf } from './made.js';
import { type FindPolicy, observedApart, observedOn, WARM_UP_MS } from './observed.js';
import { apart, followedOn } from './trade-effect.js';

export interface EffectWorkParts {
  readonly store: CourseStore &
    Pick<Store, 'head' | 'barsSince' | 'effects'> & {
      readonly notices: Pick<Store['notices'], 'cursor' | 'beginAt'>;
    };
  /** What the server that leads knows of markets; undefined while this one does not lead. */
  readonly markets: () => KnownMarkets | undefined;
  readonly logger: Logger;
  readonly pollMs: number;
}

export interface KnownMarkets {
  readonly termsOf: TermsOf;
  readonly findPolicy: FindPolicy;
  readonly hoursOf: (instrument: string) => MarketHours;
  /** UTC ms by which a feed's data is old: the database's clock, of a recording its own. */
  now(feed: string): number;
}

const READER = 'effects';
/** Events looked at, and effects of a market, at a time. */
const EVENTS = 2000;
const PAGE = 500;
/** Bars of each timeframe at a time. */
const MOST_BARS = 5000;
/** A trade whose market tells nothing for so long beyond the horizon is not waited for. */
const SILENT_MS = 7 * 24 * 3_600_000;

export class EffectWork {
  readonly #parts: EffectWorkParts;
  readonly #repeated: RepeatedWork;

  constructor(parts: EffectWorkParts) {
    const { logger, pollMs, markets } = parts;
    this.#parts = parts;
    this.#repeated = new RepeatedWork({
      work: async () => {
        if (markets() !== undefined) await this.work();
      },
      everyMs: () => pollMs,
      failed: (error) => logger.warn({ error }, 'the work of effects failed; it is tried again'),
    });
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): Promise<void> {
    return this.#repeated.stop();
  }

  /** Does all there is to do. @throws StoreUnavailableError */
  async work(): Promise<void> {
    const { store } = this.#parts;
    while (await this.#read()) if (this.#isOver) return;
    for (const market of await store.effects.markets()) {
      if (this.#isOver) return;
      await this.#follow(market);
    }
  }

  get #isOver(): boolean {
    return this.#repeated.isStopped || this.#parts.markets() === undefined;
  }

  /** Reads on in the log; false at its end, or where another server reads. */
  async #read(): Promise<boolean> {
    const { store, markets } = this.#parts;
    const known = markets();
    const from = await this.#place();
    const endings = await store.effects.endings(from.revision, EVENTS);
    if (endings === null || known === undefined) return false;
    const keys = await rootsOf(store, endings.keys);
    const made: MadeEffect[] = [];
    for (const key of keys) made.push(...(await makeEffects(store, key, known.termsOf)));
    return store.effects.take(READER, from, endings.to, made, keys);
  }

  /** Where it is in the log; a first one begins with the oldest event there is. */
  async #place(): Promise<LogCursor> {
    const { store } = this.#parts;
    const head = await store.head();
    const known = await store.notices.cursor(READER);
    const oldest = { epoch: head.epoch, revision: head.compacted };
    if (known === undefined) {
      await store.notices.beginAt(READER, oldest);
      return oldest;
    }
    const isElsewhere = known.revision < head.compacted || known.revision > head.revision;
    if (!isElsewhere) return known;
    const to = known.revision > head.revision ? { epoch: head.epoch, revision: head.revision } : oldest;
    await store.effects.take(READER, known, to, [], []);
    return to;
  }

  async #follow(market: MarketKey): Promise<void> {
    const { store, markets } = this.#parts;
    let after: EffectKey | null = null;
    for (;;) {
      const known = markets();
      const page = await store.effects.followed(market, after, PAGE);
      const last = page.at(-1);
      if (last === undefined || known === undefined || this.#isOver) return;
      const needed = neededFrom(page.map(({ effect }) => effect));
      const read = wholeSteps(await store.barsSince(market, needed, MOST_BARS), MOST_BARS);
      const hours = known.hoursOf(market.instrument);
      const now = Math.min(known.now(market.feed), read.until);
      const moved = page.flatMap((each) => movedOn(each, read.bars, hours, now, known.findPolicy) ?? []);
      await store.effects.move(moved);
      if (moved.length > 0 && Number.isFinite(read.until)) continue;
      if (page.length < PAGE) return;
      after = last.effect;
    }
  }
}

/** An effect as these bars make it; null where they change nothing. */
export function movedOn(
  { effect, origin }: MadeEffect,
  bars: MarketBarsByTimeframe,
  hours: MarketHours,
  now: number,
  find: FindPolicy,
): MadeEffect | null {
  const alone = aloneOn(effect, bars, hours, now);
  const observed = observedOn(effect, bars, hours, find).map((each) =>
    each.course !== null && now >= each.course.start.until + SILENT_MS
      ? observedApart(each, 'PRICES_MISSING')
      : each,
  );
  const isSame = alone === effect && observed.every((each, index) => each === effect.observed[index]);
  return isSame ? null : { effect: { ...alone, observed }, origin };
}

function aloneOn(
  effect: TradeEffect,
  bars: MarketBarsByTimeframe,
  hours: MarketHours,
  now: number,
): TradeEffect {
  const { pursuit } = effect;
  if (pursuit === null) return effect;
  const followed = follow(pursuit.alone, pursuit.followed, bars, hours);
  if (followed.seenUntil !== pursuit.followed.seenUntil) return followedOn(effect, { ...pursuit, followed });
  return now < pursuit.alone.until + SILENT_MS ? effect : apart(effect, 'PRICES_MISSING');
}

/** From when on bars are asked for to follow effects: those of M15 also tell the ATR at the first of them. */
function neededFrom(effects: readonly TradeEffect[]): TimeOfEach {
  const courses = effects.flatMap(({ observed }) =>
    observed.flatMap(({ course }) => course?.seenUntil ?? []),
  );
  const alone = effects.flatMap(({ pursuit }) => pursuit?.followed.seenUntil ?? []);
  const fine = Math.min(...alone, ...courses);
  return { M1: fine, M5: fine, M15: Math.min(fine, ...courses.map((seen) => seen - WARM_UP_MS)) };
}
