// Owns instruments, news and market views as JSON text and back.
import Type from 'typebox';
import { type Instrument, NEWS_IMPACTS, type NewsEvent, TIMEFRAMES } from '../../domain/market/data.js';
import { FEED_KINDS, type Feed } from '../../domain/market/feed.js';
import { INSTRUMENT_KINDS } from '../../domain/market/symbols.js';
import { NOTHING_ADMITTED } from '../../domain/views/admission.js';
import type { ViewSnapshot } from '../../domain/views/view-types.js';
import { bodyReader, flag, format, number, numberOrNull, oneOf, orNull, text } from './body.js';
import { evaluation } from './evaluation.js';

const instrument1 = Type.Object({
  account: text,
  symbol: text,
  digits: number,
  tickSize: number,
  volumeMin: number,
  volumeStep: number,
  volumeMax: number,
  stopsLevel: number,
  freezeLevel: number,
  contractSize: number,
  commissionPerLot: number,
  swapLong: Type.Optional(number),
  swapShort: Type.Optional(number),
  profitCurrency: Type.Optional(text),
  tickValue: Type.Optional(number),
  kind: Type.Optional(oneOf(INSTRUMENT_KINDS)),
  currencies: Type.Optional(Type.Array(text)),
  alias: Type.Optional(text),
  tradingHours: Type.Optional(
    Type.Object({
      zone: Type.Union([text, number]),
      sessions: Type.Array(Type.Object({ opens: number, closes: number })),
    }),
  ),
});

/** @throws UnreadableBodyError */
export const decodeInstrument = bodyReader<Instrument>('instrument', [format(instrument1, (body) => body)]);

const feed1 = Type.Object({
  name: text,
  kind: oneOf(FEED_KINDS),
  accounts: Type.Array(text),
  confirmedBy: orNull(text),
  madeBy: text,
});

/** @throws UnreadableBodyError */
export const decodeFeed = bodyReader<Feed>('feed', [format(feed1, (body) => body)]);

const news1 = Type.Object({
  eventId: text,
  currency: text,
  time: number,
  impact: oneOf(NEWS_IMPACTS),
  title: text,
});

/** @throws UnreadableBodyError */
export const decodeNews = bodyReader<NewsEvent>('news event', [format(news1, (body) => body)]);

const numbers = Type.Array(number);
const series = Type.Object({ horizon: numberOrNull, evicted: numberOrNull, evictedGaps: number });
const bar = Type.Object({
  time: number,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
});

const view1Parts = {
  indicators: Type.Object({
    book: Type.Object({
      firstM1: numberOrNull,
      firstM5: numberOrNull,
      series: Type.Object({ M1: series, M5: series, M15: series }),
      superseded: Type.Object({ M1: numbers, M5: numbers, M15: numbers }),
    }),
    settings: text,
    fineBase: Type.Array(numberOrNull),
    coarseBase: Type.Array(numberOrNull),
  }),
  evaluations: Type.Object({
    count: number,
    buy: orNull(evaluation),
    sell: orNull(evaluation),
    recent: Type.Array(Type.Tuple([number, number, number])),
  }),
  schedule: Type.Object({
    fastAt: numberOrNull,
    hedgedAt: numberOrNull,
    triggeredAt: numberOrNull,
    deep: orNull(Type.Object({ at: number, price: numberOrNull, flip: number })),
    // Absent in what was stored before a check was made in slices, and when every trade was decided.
    open: Type.Optional(
      orNull(
        Type.Object({
          kind: oneOf(['deep', 'triggered', 'cooling', 'timers'] as const),
          states: oneOf(['all', 'unhedged'] as const),
          at: number,
          clock: number,
          evaluationsBefore: number,
        }),
      ),
    ),
  }),
  spreads: Type.Array(numbers),
  orderFlow: Type.Array(Type.Object({ time: number, buyVolume: number, sellVolume: number })),
  quote: orNull(Type.Object({ time: number, bid: number, ask: number })),
  forming: orNull(Type.Object({ timeframe: oneOf(TIMEFRAMES), bar })),
  head: numberOrNull,
  sampledAt: numberOrNull,
  corrections: number,
};

const prices = Type.Object({ at: number, low: number, high: number });
const held = Type.Object({
  item: Type.Union([
    Type.Object({
      kind: Type.Literal('bar'),
      symbol: text,
      timeframe: oneOf(TIMEFRAMES),
      bar,
      forming: flag,
    }),
    Type.Object({
      kind: Type.Literal('quote'),
      symbol: text,
      quote: Type.Object({ time: number, bid: number, ask: number }),
    }),
  ]),
  excursion: orNull(Type.Object({ low: number, high: number, below: number, above: number })),
  jumps: flag,
});

/** Nothing was held by the programs that wrote it. */
const view1 = format(Type.Object(view1Parts), (body) => ({ ...body, admission: NOTHING_ADMITTED }));
const view2 = format(
  Type.Object({
    ...view1Parts,
    admission: Type.Object({
      recent: Type.Array(prices),
      bar: orNull(held),
      quote: orNull(held),
      wasFresh: Type.Optional(flag),
    }),
  }),
  (body) => body,
);

/** @throws UnreadableBodyError */
export const decodeView = bodyReader<ViewSnapshot>('market view', [view1, view2]);

/** As JSON text of the newest format. */
export function encodeView(snapshot: ViewSnapshot): string {
  return JSON.stringify({ format: 2, ...snapshot });
}
