// Owns telling a JSON text in which an object has one name twice, over its bytes: a parser takes the last of them and says nothing.

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const OBJECT = 0x7b;
const LIST_END = 0x5d;
const OBJECT_END = 0x7d;

/** Where a text ends that begins at a quote. */
export function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/**
 * A name that an object of the body has twice; undefined when none has. Readers differ in which of the two they take,
 * so what one of them checked may not be what another acts on.
 */
export function repeatedName(bytes: Uint8Array): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === OBJECT || byte === LIST) open.push(new Set());
    else if (byte === OBJECT_END || byte === LIST_END) open.pop();
    if (byte !== QUOTE) continue;
    const start = at;
    at = endOfText(bytes, at);
    let next = at + 1;
    while ((bytes[next] ?? COMMA) <= SPACE) next += 1;
    if (bytes[next] !== COLON) continue;
    const name = textOf(bytes.subarray(start, at + 1));
    const names = open.at(-1);
    if (names?.has(name)) return name;
    names?.add(name);
  }
  return undefined;
}

/** A quoted text, decoded; one that is no JSON stays as it is, and the parser says so. */
function textOf(quoted: Uint8Array): string {
  const text = Buffer.from(quoted.buffer, quoted.byteOffset, quoted.byteLength).toString();
  try {
    return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
  } catch {
    return text;
  }
}
