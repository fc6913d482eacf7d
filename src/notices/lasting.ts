// Owns what begins and what is over between two looks at what lasts: a pure comparison, so that nothing is told twice.
import { type Notice, notice } from '../domain/notices/notice.js';
import type { Alarm } from '../queries/alarm.js';
import { type Lasting, lastingName } from '../store/notices.js';

/** Something found to last now, by a key that is the same as long as it does. */
export interface FoundLasting {
  readonly key: string;
  readonly about: Pick<Notice, 'kind' | 'text'> & Partial<Notice>;
}

export interface Turn {
  readonly begun: readonly Lasting[];
  readonly over: readonly Notice[];
}

/** @param at - when it was looked at, by the database's clock, UTC ms. */
export function turnOf(known: readonly Lasting[], found: readonly FoundLasting[], at: number): Turn {
  const lasts = new Map(found.map((each) => [each.key, each]));
  const before = new Set(known.map(({ key }) => key));
  return {
    begun: [...lasts.values()].filter(({ key }) => !before.has(key)).map((each) => begunOf(each, at)),
    over: known.filter(({ key }) => !lasts.has(key)).map((each) => overOf(each, at)),
  };
}

function begunOf({ key, about }: FoundLasting, at: number): Lasting {
  const lasting = lastingName(key, at);
  return {
    key,
    begunAt: at,
    notice: notice({ ...about, key: `begun:${lasting}`, phase: 'BEGUN', lasting, at }),
  };
}

function overOf({ notice: begun, begunAt }: Lasting, at: number): Notice {
  const text = `over after ${spanOf(at - begunAt)}: ${begun.text}`;
  const key = `over:${begun.lasting}`;
  return { ...begun, key, phase: 'RESOLVED', text, advice: '', command: '', at };
}

function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** An alarm as something that lasts. */
export function foundAlarm(alarm: Alarm): FoundLasting {
  const { kind, account, feed, ticket, actionId, text, advice, command } = alarm;
  return {
    key: [kind, account, feed, ticket ?? '', actionId].join('|'),
    about: { kind, account, feed, ticket, text, advice, command },
  };
}
