// Owns which names a pattern is for: `*` stands for any characters, and every other one for itself. A look takes time in
// proportion to the name's length, whatever the pattern. Symbols are compared folded: brokers write them as they like.

export function isNamed(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop() ?? '';
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let place = first.length;
  for (const part of others) {
    const found = name.indexOf(part, place);
    if (found < 0 || found + part.length > end) return false;
    place = found + part.length;
  }
  return true;
}

/** A symbol, or a pattern of symbols, as it is whatever its capitals are. */
export function foldedSymbol(symbol: string): string {
  return symbol.toUpperCase();
}
