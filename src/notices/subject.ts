// Owns the subject of an event in NATS: a token for the account and one for the symbol, in which what NATS takes for its own is
// escaped.

/** Such as dtms.demo.XAUUSD; "XAUUSD.r" is XAUUSD%2Er. */
export function subjectOf(prefix: string, account: string, symbol: string): string {
  return [prefix, tokenOf(account), tokenOf(symbol)].join('.');
}

/** A text as one token: dots, stars and what is no plain letter as in a URL; empty as "_". */
export function tokenOf(text: string): string {
  const escaped = encodeURIComponent(text).replaceAll(/[.*]/g, hexOf);
  return escaped === '' ? '_' : escaped === '_' ? '%5F' : escaped;
}

const hexOf = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
