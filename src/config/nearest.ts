// Owns finding the known name that a misspelt one was meant to be.

/** A name this near to a known one is that one misspelt. */
const NEAR = 2;

/** The known name that differs in at most two letters, capitals and dashes aside; undefined where there is none. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((known) => ({ known, apart: distance(plain(name), plain(known)) }))
    .sort((a, b) => a.apart - b.apart);
  return best !== undefined && best.apart <= NEAR ? best.known : undefined;
}

const plain = (name: string) => name.replaceAll(/[-_]/g, '').toLowerCase();

/** How many letters have to be put in, left out or replaced (Levenshtein). */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      line.push(Math.min(replaced, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[to.length] ?? 0;
}
