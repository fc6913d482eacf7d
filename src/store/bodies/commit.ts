// Owns what a commit changed, as JSON text and back.
import Type from 'typebox';
import { TIMEFRAMES } from '../../domain/market/data.js';
import type { ChangedKeys } from '../types.js';
import { bodyReader, format, number, oneOf, text } from './body.js';

const names = Type.Optional(Type.Array(text));
const pairs = Type.Optional(Type.Array(Type.Tuple([text, text])));

const commit1 = Type.Object({
  accounts: names,
  settings: names,
  feeds: names,
  news: names,
  instruments: pairs,
  views: pairs,
  forgotten: pairs,
  bars: Type.Optional(Type.Array(Type.Tuple([text, text, oneOf(TIMEFRAMES), number]))),
});

/** What is not there did not change. @throws UnreadableBodyError */
export const decodeChanged = bodyReader<ChangedKeys>('commit', [
  format(
    commit1,
    ({
      accounts = [],
      settings = [],
      feeds = [],
      news = [],
      instruments = [],
      views = [],
      forgotten = [],
      bars = [],
    }): ChangedKeys => ({ accounts, settings, feeds, news, instruments, views, forgotten, bars }),
  ),
]);

export function encodeChanged(changed: ChangedKeys): string {
  return JSON.stringify(Object.fromEntries(Object.entries(changed).filter(([, keys]) => keys.length > 0)));
}
