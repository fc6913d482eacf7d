// Owns what a broker's symbol means: the instrument it stands for, its kind and its currencies. What is listed here
// is what is usual; the rules add names, and whatever is quoted in a stable coin is a coin.

export const INSTRUMENT_KINDS = ['FX', 'METAL', 'CRYPTO', 'INDEX', 'ENERGY', 'OTHER'] as const;
export type InstrumentKind = (typeof INSTRUMENT_KINDS)[number];

export interface KnownInstrument {
  readonly kind: InstrumentKind;
  /** Whose news concern it. */
  readonly currencies: readonly string[];
}

/** Names beside those that are made of currencies, metals and coins. */
export interface SymbolRules {
  readonly instruments: Readonly<Record<string, KnownInstrument>>;
  /** Other names of instruments. */
  readonly aliases: Readonly<Record<string, string>>;
}

const index = (...currencies: string[]): KnownInstrument => ({ kind: 'INDEX', currencies });
const energy: KnownInstrument = { kind: 'ENERGY', currencies: ['USD'] };

export const DEFAULT_SYMBOLS: SymbolRules = {
  instruments: {
    US30: index('USD'),
    US100: index('USD'),
    US500: index('USD'),
    US2000: index('USD'),
    DE40: index('EUR'),
    FR40: index('EUR'),
    EU50: index('EUR'),
    UK100: index('GBP'),
    JP225: index('JPY'),
    AU200: index('AUD'),
    HK50: index('HKD'),
    CN50: index('CNY'),
    ES35: index('EUR'),
    SWI20: index('CHF'),
    NL25: index('EUR'),
    IT40: index('EUR'),
    USDX: index('USD'),
    COPPER: { kind: 'METAL', currencies: ['USD'] },
    USOIL: energy,
    UKOIL: energy,
    NGAS: energy,
  },
  aliases: {
    GOLD: 'XAUUSD',
    SILVER: 'XAGUSD',
    DJ30: 'US30',
    DJI30: 'US30',
    WS30: 'US30',
    NAS100: 'US100',
    USTEC: 'US100',
    NDX100: 'US100',
    SPX500: 'US500',
    SP500: 'US500',
    GER40: 'DE40',
    GER30: 'DE40',
    DAX40: 'DE40',
    DAX30: 'DE40',
    DE30: 'DE40',
    FRA40: 'FR40',
    CAC40: 'FR40',
    ESTX50: 'EU50',
    FTSE100: 'UK100',
    JPN225: 'JP225',
    NIKKEI: 'JP225',
    NIKKEI225: 'JP225',
    SPA35: 'ES35',
    CHINA50: 'CN50',
    STOXX50: 'EU50',
    AUS200: 'AU200',
    WTI: 'USOIL',
    XTIUSD: 'USOIL',
    BRENT: 'UKOIL',
    XBRUSD: 'UKOIL',
    XNGUSD: 'NGAS',
    NATGAS: 'NGAS',
    PLATINUM: 'XPTUSD',
    PALLADIUM: 'XPDUSD',
    XCUUSD: 'COPPER',
    USDIDX: 'USDX',
    USDINDEX: 'USDX',
    DJIA: 'US30',
    DOW30: 'US30',
    USA30: 'US30',
    NASDAQ: 'US100',
    NASDAQ100: 'US100',
    NQ100: 'US100',
    USTECH: 'US100',
    UT100: 'US100',
    USA100: 'US100',
    USA500: 'US500',
    RUSSELL2000: 'US2000',
    GERMANY40: 'DE40',
    EUSTX50: 'EU50',
    STOXX50E: 'EU50',
    NI225: 'JP225',
    N225: 'JP225',
    NIK225: 'JP225',
    HK33: 'HK50',
    CHINAA50: 'CN50',
    ASX200: 'AU200',
    IBEX35: 'ES35',
    SMI20: 'SWI20',
    NETH25: 'NL25',
    AEX25: 'NL25',
    ITA40: 'IT40',
    CRUDEOIL: 'USOIL',
    CRUDE: 'USOIL',
    BRENTOIL: 'UKOIL',
    NATURALGAS: 'NGAS',
    DAX: 'DE40',
    DEU: 'DE40',
    FTSE: 'UK100',
    GBR: 'UK100',
    F40: 'FR40',
    FRANCE40: 'FR40',
    EURO50: 'EU50',
    JAPAN225: 'JP225',
    HONGKONG50: 'HK50',
    SPX: 'US500',
    USSPX500: 'US500',
    NDX: 'US100',
    USNDAQ100: 'US100',
    USATECH: 'US100',
    WALLSTREET30: 'US30',
    DXY: 'USDX',
    SPOTCRUDE: 'USOIL',
    WTICO: 'USOIL',
    USCRUDE: 'USOIL',
    SPOTBRENT: 'UKOIL',
    BCO: 'UKOIL',
    BITCOIN: 'BTCUSD',
    ETHEREUM: 'ETHUSD',
  },
};

const CURRENCIES = [
  ...['USD', 'EUR', 'JPY', 'GBP', 'AUD', 'NZD', 'CAD', 'CHF', 'CNH', 'CNY', 'HKD', 'SGD', 'SEK', 'NOK'],
  ...['DKK', 'PLN', 'CZK', 'HUF', 'TRY', 'ZAR', 'MXN', 'BRL', 'INR', 'KRW', 'THB', 'ILS', 'RUB', 'RON'],
];
const METALS = ['XAU', 'XAG', 'XPT', 'XPD'];
const COINS = [
  ...['BTC', 'ETH', 'XRP', 'LTC', 'BCH', 'ADA', 'DOT', 'SOL', 'DOGE', 'BNB', 'LINK', 'XLM', 'AVAX'],
  ...['MATIC', 'UNI', 'ATOM', 'TRX', 'EOS', 'XMR', 'ETC', 'SHIB', 'NEAR', 'FIL', 'AAVE', 'ALGO', 'DASH'],
  ...['XTZ', 'ICP', 'ARB', 'OP', 'SUI', 'APT', 'TON', 'PEPE', 'INJ', 'ZEC', 'NEO', 'MKR', 'XBT'],
];
/** Longest first, so that BTCUSDT is never read as BTCUSD and a T. */
const COIN_QUOTES = ['USDT', 'USDC', 'USD', 'EUR', 'GBP', 'JPY', 'BTC', 'ETH'];
/** Dollars by another name: news of the dollar concerns them. */
const DOLLARS: Readonly<Record<string, string>> = { USDT: 'USD', USDC: 'USD' };
/** Whatever is quoted in a stable coin, as far as its suffix. */
const STABLE = /^([A-Z0-9]{2,20})(USDT|USDC)(.*)$/;
/** What is put before a name: an exchange's, brokers' marks. */
const PREFIX = /^(?:[A-Z0-9_]+:)?[.#@_![]*/;
/** What parts a name. */
const MARKS = /[._-]/g;
const SEPARATOR = /^([A-Z0-9]{2,20})[/_-]([A-Z]{3,4})(?![A-Z])/;
/** What brokers append: a mark and anything, a few small letters, or one of the usual words. */
const SUFFIX = /^(?:|[\]._#+!-].*|[a-z]{1,6}\d?|M|C|R|Z|PRO|ECN|RAW|STP|VIP|MINI|MICRO|CASH|PERP)$/;

interface Book {
  readonly known: ReadonlyMap<string, KnownInstrument>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly longest: number;
  readonly shortest: number;
}

const books = new WeakMap<SymbolRules, Book>();

function bookOf(rules: SymbolRules): Book {
  const made = books.get(rules);
  if (made !== undefined) return made;
  const known = new Map([...pairs(), ...Object.entries(rules.instruments)]);
  const aliases = new Map(Object.entries(rules.aliases));
  const lengths = [...known.keys(), ...aliases.keys()].map((name) => name.length);
  const book = { known, aliases, longest: Math.max(...lengths), shortest: Math.min(...lengths) };
  books.set(rules, book);
  return book;
}

function pairs(): Map<string, KnownInstrument> {
  const known = new Map<string, KnownInstrument>();
  for (const quote of CURRENCIES) {
    for (const base of CURRENCIES) {
      if (base !== quote) known.set(base + quote, { kind: 'FX', currencies: [base, quote] });
    }
    for (const base of METALS) known.set(base + quote, { kind: 'METAL', currencies: [base, quote] });
  }
  for (const base of COINS) {
    for (const quote of COIN_QUOTES) {
      if (base !== quote) known.set(base + quote, coin(base, quote));
    }
  }
  return known;
}

function coin(base: string, quote: string): KnownInstrument {
  return { kind: 'CRYPTO', currencies: [base, DOLLARS[quote] ?? quote] };
}

/** A currency after a name that has none of its own: what it is quoted in. */
const QUOTED_IN = new RegExp(`^[./_-]?(${CURRENCIES.join('|')})(.*)$`);

/** Whether what follows the name is a suffix. One that is quoted in another currency than usual is another instrument. */
function isSuffix(rest: string, name: string, base: string, book: Book): boolean {
  const quote = book.known.get(base)?.currencies.at(-1) ?? '';
  const [, currency, after = ''] = name.endsWith(quote) ? [] : (QUOTED_IN.exec(rest) ?? []);
  return currency === undefined ? SUFFIX.test(rest) : currency === quote && SUFFIX.test(after);
}

/** The longest known name the text begins with, when the rest of the symbol looks like a suffix. */
function longestBase(text: string, symbol: string, book: Book): string | null {
  for (let length = Math.min(book.longest, text.length); length >= book.shortest; length -= 1) {
    const name = text.slice(0, length);
    const base = book.aliases.get(name) ?? (book.known.has(name) ? name : null);
    if (base !== null && isSuffix(symbol.slice(length), name, base, book)) return base;
  }
  return null;
}

function stableCoin(text: string, symbol: string): string | null {
  const found = STABLE.exec(text);
  if (found === null) return null;
  const [, base = '', quote = ''] = found;
  const pair = base + quote;
  return SUFFIX.test(symbol.slice(pair.length)) ? pair : null;
}

/**
 * The instrument a broker's symbol stands for: the longest known name it begins with, when the rest
 * looks like a suffix (XAUUSDc, EURUSDm, BTCUSD.r, USDJPY#, EURUSD.pro, US30USD), after marks in front of it or
 * within it (#US30, EUR/USD, OANDA:EURUSD, GER.40); else a pair with a stable coin. Any other symbol stands for itself. Case counts
 * first, because BTCUSDc is a cent account's BTCUSD and BTCUSDC is another coin.
 */
export function resolveInstrument(symbol: string, rules: SymbolRules = DEFAULT_SYMBOLS): string {
  const book = bookOf(rules);
  const plain = symbol.replace(PREFIX, '').replaceAll(' ', '');
  const upper = plain.toUpperCase();
  const joined = upper.replace(SEPARATOR, '$1$2');
  const bare = upper.replace(MARKS, '');
  return (
    longestBase(plain, plain, book) ??
    longestBase(upper, plain, book) ??
    longestBase(upper, upper, book) ??
    longestBase(joined, joined, book) ??
    stableCoin(plain, plain) ??
    stableCoin(joined, joined) ??
    longestBase(bare, bare, book) ??
    symbol
  );
}

/** Whether two of a broker's symbols stand for one instrument. */
export function isSameInstrument(a: string, b: string, rules: SymbolRules = DEFAULT_SYMBOLS): boolean {
  return a === b || resolveInstrument(a, rules) === resolveInstrument(b, rules);
}

function knowledgeOf(instrument: string, rules: SymbolRules): KnownInstrument | undefined {
  const known = bookOf(rules).known.get(instrument);
  if (known !== undefined) return known;
  const [, base, quote, rest] = STABLE.exec(instrument) ?? [];
  return base === undefined || quote === undefined || rest !== '' ? undefined : coin(base, quote);
}

export function instrumentKind(instrument: string, rules: SymbolRules = DEFAULT_SYMBOLS): InstrumentKind {
  return knowledgeOf(instrument, rules)?.kind ?? 'OTHER';
}

/** Currencies whose news concern the instrument; none for an unknown one. Stable coins count as dollars. */
export function currencies(instrument: string, rules: SymbolRules = DEFAULT_SYMBOLS): readonly string[] {
  return knowledgeOf(instrument, rules)?.currencies ?? [];
}

/** What an instrument is of: the currency, metal or coin that is priced; null where it is none of them, or not known. */
export function baseCurrency(instrument: string, rules: SymbolRules = DEFAULT_SYMBOLS): string | null {
  const kind = instrumentKind(instrument, rules);
  const quote = quoteCurrency(instrument, rules);
  if (quote === null || !(kind === 'FX' || kind === 'METAL' || kind === 'CRYPTO')) return null;
  return instrument.endsWith(quote) ? instrument.slice(0, -quote.length) || null : null;
}

/**
 * The currency an instrument is quoted in, and in which its results are; null where it is not known. A stable coin is no
 * dollar here: what it is worth in dollars has to be fed.
 */
export function quoteCurrency(instrument: string, rules: SymbolRules = DEFAULT_SYMBOLS): string | null {
  const known = knowledgeOf(instrument, rules);
  if (known === undefined) return null;
  if (known.kind !== 'CRYPTO') return known.currencies.at(-1) ?? null;
  return COIN_QUOTES.find((quote) => instrument.endsWith(quote)) ?? null;
}
