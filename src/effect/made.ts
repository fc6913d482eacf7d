// Owns making the effects on trades of what the log has of them: their events, and those of the positions that DTMS added to
// them. The same log makes the same effects.
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { TradeEffect } from '../domain/effect/effect.js';
import type { Trade } from '../domain/trade/trade.js';
import { tradeKey } from '../engine/results.js';
import { encodeEffect } from '../store/bodies/effect.js';
import type { MadeEffect } from '../store/effects.js';
import type { Store } from '../store/store.js';
import type { TradeKey } from '../store/types.js';
import { type Course, coursesOf } from './course.js';
import { observedApart } from './observed.js';
import { apart, effectOn, type MarketTerms } from './trade-effect.js';

export type CourseStore = Pick<Store, 'findTrades' | 'listEvents'>;

/** What the market of a trade is like now. */
export type TermsOf = (trade: Trade) => MarketTerms;

/** Events of a trade read at a time. */
const PAGE = 1000;
/** No trade has that many: what has is not gone through. */
const MOST_EVENTS = 50_000;
/** A position that was added may have others added; so deep at most. */
const MOST_DEPTH = 8;

/** The trades under these keys: where one was added to another, that other one. */
export async function rootsOf(store: CourseStore, of: readonly TradeKey[]): Promise<readonly TradeKey[]> {
  const roots = new Map<string, TradeKey>();
  let keys = unique(of);
  for (let depth = 0; depth < MOST_DEPTH && keys.length > 0; depth += 1) {
    const found = await store.findTrades(keys);
    const parents = found.flatMap(({ trade: { spec, parentTicket } }) =>
      parentTicket === null ? [] : [{ account: spec.account, ticket: parentTicket }],
    );
    for (const { trade } of found) {
      const { account, ticket } = trade.spec;
      if (trade.parentTicket === null) roots.set(tradeKey(account, ticket), { account, ticket });
    }
    keys = unique(parents);
  }
  return [...roots.values()];
}

/** The effects on the trades under a ticket; none while the trade is open. */
export async function makeEffects(
  store: CourseStore,
  key: TradeKey,
  termsOf: TermsOf,
): Promise<MadeEffect[]> {
  const [stored] = await store.findTrades([key]);
  if (stored === undefined) return [];
  const terms = termsOf(stored.trade);
  const courses = await readCourses(store, key);
  if (courses === null) return stored.trade.state === 'CLOSED' ? [made(historyGone(stored.trade))] : [];
  const effects: MadeEffect[] = [];
  for (const course of courses) {
    const family = await readFamily(store, course);
    if (family === null) return [made(historyGone(stored.trade))];
    const effect = effectOn(course, family, terms);
    if (effect !== null) effects.push(made(effect));
  }
  return effects;
}

/** The courses under a ticket; null where their first events are gone. */
async function readCourses(
  store: CourseStore,
  { account, ticket }: TradeKey,
): Promise<readonly Course[] | null> {
  const filter = { account, tickets: [ticket], symbols: [], states: [] };
  const events: TradeEvent[] = [];
  let after = 0;
  while (events.length < MOST_EVENTS) {
    const page = await store.listEvents(filter, after, PAGE);
    for (const { payload, revision } of page) {
      events.push(TradeEvent.decode(payload));
      after = revision;
    }
    if (page.length < PAGE) break;
  }
  const [first] = events;
  const isWhole = first?.change?.$case === 'registered' && events.length < MOST_EVENTS;
  return isWhole ? coursesOf(events) : null;
}

/** The courses of the positions that DTMS added to one, and to those; null where one's first events are gone. */
async function readFamily(store: CourseStore, { spec, added }: Course): Promise<readonly Course[] | null> {
  const family: Course[] = [];
  const left = [...added];
  for (let ticket = left.shift(); ticket !== undefined; ticket = left.shift()) {
    const courses = await readCourses(store, { account: spec.account, ticket });
    const course = courses?.[0];
    if (course === undefined) return null;
    family.push(course);
    left.push(...course.added);
  }
  return family;
}

/** What it is made of has no part in it that depends on when it was made. */
function made(effect: TradeEffect): MadeEffect {
  const { pursuit } = effect;
  const alone = pursuit === null ? null : { ...pursuit.alone, spread: 0 };
  const lasting = pursuit === null || alone === null ? null : { ...pursuit, alone, commission: 0 };
  const observed = effect.observed.map(({ policy, version }) =>
    observedApart({ policy, version }, 'POLICY_GONE'),
  );
  return { effect, origin: encodeEffect({ ...effect, pursuit: lasting, observed }) };
}

function historyGone({ spec, instrument, openedAt, closedAt }: Trade): TradeEffect {
  const { account, ticket, symbol, feed } = spec;
  const known = { account, ticket, begunVersion: 1, symbol, feed, instrument, openedAt };
  return apart(
    {
      ...known,
      ...{ policy: 'dtms', closedAt: closedAt ?? openedAt, status: 'APART', apart: null, touched: false },
      ...{ withR: null, withoutR: null, aloneEnd: null, aloneEndedAt: null, pursuit: null, observed: [] },
    },
    'HISTORY_GONE',
  );
}

function unique(keys: readonly TradeKey[]): TradeKey[] {
  return [
    ...new Map(keys.map(({ account, ticket }) => [tradeKey(account, ticket), { account, ticket }])).values(),
  ];
}
