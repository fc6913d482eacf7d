// Owns reading a file that people write: UTF-8 with or without a byte order mark, of a size that can be meant, and JSON without a name
// that an object has twice. What is wrong is said without a piece of the content, which may be of a secret.
import { readFileSync, statSync } from 'node:fs';
import { repeatedName } from '../contract/json-names.js';

const MOST_BYTES = 1024 * 1024;

/** @throws Error that says why the file cannot be read as text */
export function readText(path: string): string {
  if (statSync(path).size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
  const bytes = readFileSync(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8; save it as UTF-8');
  }
}

/** What the JSON in a file says. @throws Error that says what is wrong with it */
export function readJson(path: string): unknown {
  const text = readText(path);
  try {
    const told: unknown = JSON.parse(text);
    const repeated = repeatedName(Buffer.from(text));
    if (repeated === undefined) return told;
    throw new Error(`${repeated} is given twice in one object`);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(withoutContent(error));
    throw error;
  }
}

/** What the parser says, without the piece of the file that it quotes. */
function withoutContent({ message }: SyntaxError): string {
  return `${message.replace(/,?\s*(\.\.\.)?".*$/s, '')}: it is not valid JSON`;
}
