// Owns how a broker's answer reads: the code, its MT5 name, and the broker's words where they add to it.
import { codeText, RETURN_CODES, type ReturnCode } from '../../../domain/actions/result-codes.js';

const NAMES: ReadonlyMap<number, readonly [string, ReturnCode]> = new Map(
  Object.entries(RETURN_CODES).map(([name, code]) => [code, [name, code]]),
);

/** "10004 REQUOTE", "10016 INVALID_STOPS · invalid stops for EURUSD"; empty for an answer without a code or words. */
export function answerText({ code, message }: { readonly code: number; readonly message: string }): string {
  const [name = '', known] = NAMES.get(code) ?? [];
  const said = [name, known === undefined ? '' : codeText(known)].map(plain);
  const adds = !said.includes(plain(message));
  const named = [code === 0 ? '' : String(code), name].filter((part) => part !== '').join(' ');
  return [named, adds ? message : ''].filter((part) => part !== '').join(name === '' ? ' ' : ' · ');
}

/** What a code means, in words; undefined for one that has no name here. */
export function codeMeaning(code: number | undefined): string | undefined {
  const known = NAMES.get(code ?? 0)?.[1];
  return known === undefined ? undefined : codeText(known);
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll('_', ' ').replace(/[.!]$/, '');
}
