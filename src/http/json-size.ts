// Owns what a body of JSON may unfold into: its fields and list items are counted over the bytes, before anything is
// made of them. Parsing cannot be interrupted, and three bytes can be an object.
import { endOfText } from '../contract/json-names.js';

/** Our deepest request is a third of this deep. */
export const MOST_DEPTH = 32;

/** Smaller bodies are not counted: they cannot hold many. */
export const WORTH_COUNTING_BYTES = 4096;

const QUOTE = 0x22;
const COMMA = 0x2c;
const LIST = 0x5b;
const OBJECT = 0x7b;
const LIST_END = 0x5d;
const OBJECT_END = 0x7d;

/** Why a body is not parsed; undefined when it may be. */
export type Excess = 'parts' | 'depth' | undefined;

/**
 * Counts a body's commas and opening brackets outside texts: as many as it has fields and list items, and one more for
 * each that is empty. What is no JSON is counted as if it were; the parser says so afterwards.
 *
 * @param most - how many there may be
 */
export function excessOf(bytes: Uint8Array, most: number): Excess {
  if (bytes.length <= WORTH_COUNTING_BYTES) return undefined;
  let parts = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfText(bytes, at);
    } else if (byte === COMMA) {
      parts += 1;
    } else if (byte === OBJECT || byte === LIST) {
      parts += 1;
      depth += 1;
      if (depth > MOST_DEPTH) return 'depth';
    } else if (byte === OBJECT_END || byte === LIST_END) {
      depth -= 1;
    }
    if (parts > most) return 'parts';
  }
  return undefined;
}
