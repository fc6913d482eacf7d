// Owns reading a message of the watch: what the page finds trades and events by must be there before it is believed.
import { ApiError } from './api-error.js';
import type { WatchJson } from './json.js';

/** What every trade and every event has; the rest of them is the server's own, of the same version. */
const NAMES = ['account', 'ticket', 'state', 'revision'];

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNamed = (value: unknown): boolean =>
  isObject(value) && NAMES.every((name) => typeof value[name] === 'string');

/** How each part of a message that the page takes must look. */
const PARTS: Readonly<Record<string, (part: Fields) => boolean>> = {
  snapshotItem: ({ trade }) => trade === undefined || isNamed(trade),
  snapshotEnd: () => true,
  events: ({ events }) => Array.isArray(events) && events.every(isNamed),
};

function isMessage(value: unknown): value is WatchJson {
  if (!isObject(value)) return false;
  return Object.entries(PARTS).every(([name, isRight]) => {
    const part = value[name];
    return part === undefined || (isObject(part) && isRight(part));
  });
}

/** @throws ApiError when the text is no message of the watch. */
export function watchMessage(text: string): WatchJson {
  const value = jsonOf(text);
  if (isMessage(value)) return value;
  throw new ApiError(0, 'the server sent what is no message of the watch');
}

/** The value of a JSON text; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
