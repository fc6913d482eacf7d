// Owns the shape of a study file: its fields, their kinds and their limits.
import Type, { type Static } from 'typebox';
import { SESSIONS, TIMEFRAMES } from '../domain/market/data.js';
import { AHEAD } from '../domain/policy/protective-rules.js';
import { SPREAD_UNITS } from '../replay/input/asked.js';
import { DATE_ORDERS } from '../replay/input/time-text.js';
import { ENTRY_SIGNALS } from './entry-signals.js';
import { PLAN } from './plan-change.js';

const strict = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 80 });
const above0 = Type.Number({ exclusiveMinimum: 0, maximum: 1e9 });
const least0 = Type.Number({ minimum: 0, maximum: 1e9 });
const share = Type.Number({ exclusiveMinimum: 0, maximum: 1 });
const count = (maximum: number) => Type.Integer({ minimum: 1, maximum });
const seed = Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 });
/** A day, or a moment, as ISO 8601; a day begins at 00:00 UTC. */
const moment = Type.String({ minLength: 10, maxLength: 30 });

const RULE = Type.Union([
  Type.Object({ kind: Type.Literal('chandelier'), atrs: above0 }, strict),
  Type.Object({ kind: Type.Literal('atr_trail'), atrs: above0 }, strict),
  Type.Object(
    {
      kind: Type.Literal('step_locks'),
      steps: Type.Array(Type.Object({ atR: above0, lockR: Type.Number() }, strict), { minItems: 1 }),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('breakeven'), atR: above0, bufferR: least0 }, strict),
  Type.Object({ kind: Type.Literal('loss_stop'), atR: above0 }, strict),
  Type.Object(
    {
      kind: Type.Literal('time_stop'),
      bars: count(1_000_000),
      when: Type.Enum(['always', 'losing', 'winning']),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('close_before'),
      what: Type.Enum([...AHEAD]),
      minutes: count(1440),
      when: Type.Enum(['always', 'losing', 'winning']),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('size_down'),
      bars: count(1_000_000),
      keep: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('targets'),
      targets: Type.Array(Type.Object({ atR: above0, share }, strict), { minItems: 1 }),
    },
    strict,
  ),
]);

const COSTS = Type.Object(
  {
    /** ask - bid of every bar; what the data has when absent. */
    spread: Type.Optional(least0),
    slippageTicks: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    commission: Type.Optional(least0),
    swapBuy: Type.Optional(Type.Number()),
    swapSell: Type.Optional(Type.Number()),
  },
  strict,
);

const SET = Type.Object(
  {
    name,
    symbol: name,
    /** Sets of one market share a decision; the instrument of the symbol when absent. */
    market: Type.Optional(name),
    bars: Type.Optional(name),
    bid: Type.Optional(name),
    ask: Type.Optional(name),
    /** Quotes or trades: M1 bars and order flow are made of them. */
    ticks: Type.Optional(name),
    /** Its own trades; they are sampled when absent. */
    trades: Type.Optional(name),
    tradesTimeZone: Type.Optional(name),
    /** Scheduled news, as UpsertNewsEvents takes them. */
    news: Type.Optional(name),
    /** Trades are entered from here on; bars before it only warm up what is computed of them. */
    from: Type.Optional(moment),
    /** The bars end here. */
    until: Type.Optional(moment),
    timeframe: Type.Optional(Type.Enum([...TIMEFRAMES])),
    timeZone: Type.Optional(name),
    decimal: Type.Optional(Type.Enum(['point', 'comma'])),
    dateOrder: Type.Optional(Type.Enum([...DATE_ORDERS])),
    spreadUnit: Type.Optional(Type.Enum([...SPREAD_UNITS])),
    costs: Type.Optional(COSTS),
  },
  strict,
);

const SAMPLING = Type.Object(
  {
    /** Of each set and seed. */
    count: count(100_000),
    seeds: Type.Array(seed, { minItems: 1, maxItems: 100, uniqueItems: true }),
    /** When trades are entered, and on which side. */
    entry: Type.Union([
      Type.Enum(['random', 'even']),
      Type.Object({ after: Type.Enum([...ENTRY_SIGNALS]), bars: count(10_000) }, strict),
    ]),
    /** Entered in one of these alone; all when absent. */
    sessions: Type.Optional(Type.Array(Type.Enum([...SESSIONS]), { minItems: 1, uniqueItems: true })),
    /** The one side that is entered; both when absent. */
    direction: Type.Optional(Type.Enum(['BUY', 'SELL'])),
    /** In ATR(14) of M15 bars; no target at 0. */
    stopAtr: above0,
    targetAtr: least0,
    /** The longest a trade is held, in M15 bars. */
    holdBars: count(1_000_000),
    /** Whether a trade may be entered while another of its seed is held. */
    overlap: Type.Enum(['allowed', 'none']),
  },
  strict,
);

export const VARIANT = Type.Union([
  Type.Object({ name, rules: Type.Array(RULE, { minItems: 1, maxItems: 20 }) }, strict),
  Type.Object({ name, plan: PLAN }, strict),
]);
/** A policy file, as dtms policies takes it; without a name here it has that of the policy. */
const POLICY_VARIANT = Type.Object({ name: Type.Optional(name), policy: name }, strict);
export type PolicyVariantText = Static<typeof POLICY_VARIANT>;
export type VariantText = Static<typeof VARIANT>;

export const STUDY = Type.Object(
  {
    name,
    sets: Type.Array(SET, { minItems: 1, maxItems: 100 }),
    trades: SAMPLING,
    /** Beside the benchmarks, which are in every study. */
    variants: Type.Optional(Type.Array(Type.Union([VARIANT, POLICY_VARIANT]), { maxItems: 50 })),
    /** Variants with `{ each: [...] }` in place of some numbers; checked when these are put in. */
    sweeps: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 20 })),
    /** Whether the plan is also run without each of its actions and signals, and with each alone. */
    ablation: Type.Optional(Type.Boolean()),
    /** The least improvement of the mean that is worth anything, in R. */
    worthwhileR: Type.Optional(above0),
    /** Samples of the bootstrap, and what they are drawn by. */
    draws: Type.Optional(Type.Integer({ minimum: 200, maximum: 100_000 })),
    seed: Type.Optional(seed),
  },
  strict,
);
export type StudyText = Static<typeof STUDY>;
