// Owns what a broker's symbol means: the instrument without the broker's suffix, its kind and currencies.

export type InstrumentKind = 'FX' | 'METAL' | 'CRYPTO' | 'OTHER';

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
/** What brokers append: a mark and anything, a few small letters, or one of the usual words. */
const SUFFIX = /^(?:|[._#+-].*|[a-z]{1,6}\d?|M|C|R|Z|PRO|ECN|RAW|STP|VIP|MINI|MICRO|CASH|PERP)$/;

interface Known {
  readonly kind: InstrumentKind;
  readonly currencies: readonly string[];
}

function knownInstruments(): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  for (const quote of CURRENCIES) {
    for (const base of CURRENCIES) {
      if (base !== quote) known.set(base + quote, { kind: 'FX', currencies: [base, quote] });
    }
    for (const base of METALS) known.set(base + quote, { kind: 'METAL', currencies: [base, quote] });
  }
  for (const base of COINS) {
    for (const quote of COIN_QUOTES) {
      if (base === quote) continue;
      known.set(base + quote, { kind: 'CRYPTO', currencies: [base, DOLLARS[quote] ?? quote] });
    }
  }
  return known;
}

const KNOWN = knownInstruments();
const LONGEST = Math.max(...[...KNOWN.keys()].map((name) => name.length));
const SHORTEST = Math.min(...[...KNOWN.keys()].map((name) => name.length));

function longestBase(text: string, symbol: string): string | null {
  for (let length = Math.min(LONGEST, text.length); length >= SHORTEST; length -= 1) {
    const base = text.slice(0, length);
    if (KNOWN.has(base) && SUFFIX.test(symbol.slice(length))) return base;
  }
  return null;
}

/**
 * The instrument a broker's symbol stands for: the longest known name it begins with, when the rest
 * looks like a suffix (XAUUSDc, EURUSDm, BTCUSD.r, USDJPY#, EURUSD.pro). An unknown symbol stands for
 * itself. Case counts first, because BTCUSDc is a cent account's BTCUSD and BTCUSDC is another coin.
 */
export function resolveInstrument(symbol: string): string {
  return longestBase(symbol, symbol) ?? longestBase(symbol.toUpperCase(), symbol) ?? symbol;
}

export function instrumentKind(instrument: string): InstrumentKind {
  return KNOWN.get(instrument)?.kind ?? 'OTHER';
}

export function isCrypto(instrument: string): boolean {
  return instrumentKind(instrument) === 'CRYPTO';
}

/** Currencies whose news concern the instrument; none for an unknown one. Stable coins count as dollars. */
export function currencies(instrument: string): readonly string[] {
  return KNOWN.get(instrument)?.currencies ?? [];
}
