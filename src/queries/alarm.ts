// Owns one alarm: what it tells, and how its words are made.
import { ALARMS, type AlarmKind, type KindOfAlarm } from '../domain/notices/alarm-kinds.js';

/** Something that needs a person. Times are UTC ms. */
export interface Alarm extends KindOfAlarm {
  readonly kind: AlarmKind;
  /** Empty where it is about all accounts, or a feed. */
  readonly account: string;
  readonly feed: string;
  readonly ticket: bigint | null;
  readonly actionId: string;
  /** How many things it stands for. */
  readonly count: number;
  readonly since: number | null;
  readonly text: string;
  readonly command: string;
}

type Told = Pick<Alarm, 'text' | 'command'> & Partial<Alarm>;

export function alarm(kind: AlarmKind, told: Told): Alarm {
  return {
    ...ALARMS[kind],
    kind,
    account: '',
    feed: '',
    ticket: null,
    actionId: '',
    count: 1,
    since: null,
    ...told,
  };
}

/** Such as: 3 trades. */
export function amount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
