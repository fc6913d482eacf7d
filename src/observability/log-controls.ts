// Owns control characters in lines: a terminal or a viewer must show them and not obey them. JSON escapes
// those of ASCII; here are the others, and what a line for a person does with all of them.

/** DEL, the C1 controls, the separators some take for the end of a line, and marks that reorder text. */
const BARE = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

/** Escaped in JSON: pairs of backslashes are taken together, so that what follows them is left alone. */
const ESCAPED = /\\(?:\\|[bfr]|u[0-9a-f]{4})/g;

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');

/** A line of JSON in which every control character is escaped. */
export function withoutControls(line: string): string {
  return line.replace(BARE, (character) => `\\u${hex(character)}`);
}

/**
 * A line of JSON whose texts, once decoded, have no control character but line feeds: those are shown as
 * they are escaped here.
 */
export function spelledControls(line: string): string {
  return line
    .replace(ESCAPED, (escaped) => (escaped === '\\\\' ? escaped : `\\${escaped}`))
    .replace(BARE, (character) => `\\\\u${hex(character)}`);
}
