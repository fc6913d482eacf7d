// Owns the names that terminals and data vendors give to columns, and what they mean.
import { FOREIGN_NAMES } from './foreign-names.js';

export type PriceRole = 'open' | 'high' | 'low' | 'close';
/** Whose prices a column has; null where its name does not say. */
export type PriceSide = 'bid' | 'ask' | 'mid' | null;

/** An offset in the name of a column: `Time (UTC+2)`, `gmt-0330`, `Date (+02:00)`. */
const OFFSET = /(?:(?:utc|gmt)\s*([-+\u2212])|\(\s*([-+\u2212]))\s*(\d{1,2}?)(?::?(\d{2}))?(?![\d/:])/;
/** The same as a word of a key. */
const OFFSET_WORD = /^utc(plus|minus)(\d{2})(\d{2})$/;
const SIDE_WORD = /^(?:bid|ask|mid)$/;

/**
 * The name a column is looked up by: English, lower case, without accents, words joined by one underscore, a number before it
 * gone, an offset a word of its own.
 */
export function columnKey(name: string): string {
  return inEnglish(plainKey(name));
}

function plainKey(name: string): string {
  return name
    .trim()
    .replace(/^\d+\.\s+/, '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(OFFSET, (_, named, bare, hours, minutes = '00') => {
      const sign = (named ?? bare) === '+' ? 'plus' : 'minus';
      return ` utc${sign}${hours.padStart(2, '0')}${minutes} `;
    })
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

/** A name of another language with the zone or the side that is in it left as it is. */
function inEnglish(key: string): string {
  const words = key.split('_');
  const isOther = (word: string) => isZone(word) || SIDE_WORD.test(word);
  const english = ENGLISH.get(key) ?? ENGLISH.get(words.filter((word) => !isOther(word)).join('_'));
  if (english === undefined) return key;
  return ENGLISH.has(key) ? english : [english, ...words.filter(isOther)].join('_');
}

const ENGLISH: ReadonlyMap<string, string> = new Map(
  Object.values(FOREIGN_NAMES)
    .flatMap((names) => Object.entries(names))
    .flatMap(([english, names]) => names.split('|').map((name) => [plainKey(name), english] as const)),
);

/** Best first. */
export const TIME_NAMES = [
  'open_time',
  'bar_time',
  'time',
  'datetime',
  'date_time',
  'timestamp',
  'date',
  'ts',
  't',
  'start',
  'start_time',
  'starttime',
  'time_epoch',
  'epoch',
  'epoch_ms',
  'unix',
  'unix_time',
  'unix_timestamp',
  'open_timestamp',
  'ts_event',
  'window_start',
];

/** A day whose time of day is in another column. */
export const DAY_NAMES = ['date', 'day', 'datum', 'dtyyyymmdd', 'yyyymmdd', 'bar_date', 'open_date'];
export const CLOCK_NAMES = ['time', 'hour', 'clock', 'hhmmss', 'hhmm', 'bar_time', 'open_time', 'timestamp'];

/** Zone names in column names, such as `Time (EET)` and `gmt_time`. null: several zones have the name. */
const ZONES_BY_NAME: Readonly<Record<string, string | null>> = {
  utc: 'UTC',
  gmt: 'UTC',
  eet: 'EET',
  cet: 'CET',
  msk: 'Europe/Moscow',
  jst: 'Asia/Tokyo',
  et: 'America/New_York',
  est: null,
  edt: null,
  pst: null,
  cst: null,
  ist: null,
  bst: null,
  local: null,
  server: null,
};

const isZone = (word: string): boolean => Object.hasOwn(ZONES_BY_NAME, word) || OFFSET_WORD.test(word);

/** The zone that a word of a name says, such as `Europe/Moscow` or `+02:00`; null where several have that name. */
export function zoneOfWord(word: string): string | null {
  const [, sign, hours, minutes] = OFFSET_WORD.exec(word) ?? [];
  if (sign !== undefined) return `${sign === 'plus' ? '+' : '-'}${hours}:${minutes}`;
  return ZONES_BY_NAME[word] ?? null;
}

const PRICE_ROLES: Readonly<Record<string, PriceRole>> = {
  open: 'open',
  o: 'open',
  high: 'high',
  h: 'high',
  low: 'low',
  l: 'low',
  close: 'close',
  c: 'close',
  last: 'close',
  close_last: 'close',
};
const PRICE =
  /^(?:(bid|ask|mid)_?)?(close_last|open|high|low|close|last|o|h|l|c)(?:_?(bid|ask|mid)|_price)?$/;

export function priceColumn(key: string): { readonly role: PriceRole; readonly side: PriceSide } | null {
  const [, before, name = '', after] = PRICE.exec(key) ?? [];
  const role = PRICE_ROLES[name];
  return role === undefined ? null : { role, side: (before ?? after ?? null) as PriceSide };
}

/** Real volume before what only counts ticks. */
export const VOLUME_NAMES = [
  'real_volume',
  'volume',
  'vol',
  'base_volume',
  'volume_base',
  'v',
  'qty',
  'bid_volume',
];
export const TICK_VOLUME_NAMES = [
  'tick_volume',
  'tickvol',
  'tick_vol',
  'tickvolume',
  'tickqty',
  'tick_qty',
  'ticks',
  'tick_count',
];
/** `Volume BTC` and `Volume USDT`: a volume counted in a currency; the first part is that currency. */
const CURRENCY_VOLUME = /^(?:volume|vol)_([a-z0-9]{2,9})$/;

export function volumeCurrency(key: string): string | null {
  return CURRENCY_VOLUME.exec(key)?.[1] ?? null;
}

/** A spread, and the unit if the name has it. */
export const SPREAD_NAMES: Readonly<Record<string, 'points' | 'price' | null>> = {
  spread: null,
  avg_spread: null,
  spread_points: 'points',
  spread_pts: 'points',
  spread_price: 'price',
};

/** Columns of a list of trades; a report's second `Time` is that of the exit. */
export const TRADE_COLUMNS = {
  ticket: ['ticket', 'position', 'position_id', 'position_ticket', 'identifier', 'order', 'deal', 'id'],
  symbol: ['symbol', 'item', 'instrument', 'pair', 'market'],
  direction: ['direction', 'type', 'side', 'buy_sell', 'action'],
  entry_time: ['entry_time', 'open_time', 'opened_at', 'time_open', 'entry_date', 'open_date', 'time'],
  entry_price: ['entry_price', 'open_price', 'price_open', 'entry', 'price'],
  volume: ['volume', 'lots', 'size', 'lot', 'qty', 'quantity'],
  stop_loss: ['stop_loss', 'sl', 's_l', 'stoploss', 'stop'],
  take_profit: ['take_profit', 'tp', 't_p', 'takeprofit', 'target'],
  exit_time: ['exit_time', 'close_time', 'closed_at', 'time_close', 'exit_date', 'close_date'],
} as const;
export type TradeColumn = keyof typeof TRADE_COLUMNS;

/** A time name and the zone within it: `time_eet` is `time` and `eet`. */
export function timeColumn(key: string): { readonly name: string; readonly zone: string | null } {
  const words = key.split('_');
  const zone = words.find(isZone) ?? null;
  const rest = words.filter((word) => word !== zone).join('_');
  return { name: zone !== null && rest === '' ? 'time' : rest, zone };
}

const OTHERS = new Set<string>([
  ...[TIME_NAMES, DAY_NAMES, CLOCK_NAMES, VOLUME_NAMES, TICK_VOLUME_NAMES].flat(),
  ...Object.keys(SPREAD_NAMES),
  ...Object.values(TRADE_COLUMNS).flat(),
]);

/** Whether a column of this name means something in market data or a list of trades. */
export function isKnownName(name: string): boolean {
  const key = columnKey(name);
  if (key === '') return false;
  const isTime = OTHERS.has(timeColumn(key).name);
  return isTime || OTHERS.has(key) || priceColumn(key) !== null || volumeCurrency(key) !== null;
}
