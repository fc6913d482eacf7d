// Owns what a person can be told of: the kinds of notices, how serious each is, and a notice itself.
import { ALARM_KINDS, ALARMS, type AlarmKind } from './alarm-kinds.js';

export const SEVERITIES = ['INFO', 'WARNING', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What lasts and ends, beside the alarms: told when it begins, and when it is over. */
export const LASTING_KINDS = [...ALARM_KINDS, 'SERVER_AWAY', 'REGISTRATIONS_FAILING'] as const;
export type LastingKind = (typeof LASTING_KINDS)[number];

/** What happens at one moment. */
export const MOMENT_KINDS = [
  'TRADE_REGISTERED',
  'STATE_CHANGED',
  'HEDGED',
  'TRADE_CLOSED',
  'ACTION_HELD',
  'ACTION_REJECTED',
  'ACTION_DEAD',
  'SERVICE_WAS_AWAY',
  'ROLLOUT_STEP',
  'TEST',
] as const;

export const NOTICE_KINDS = [...LASTING_KINDS, ...MOMENT_KINDS] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Whether something began, is over, or happened at one moment. */
export const PHASES = ['EVENT', 'BEGUN', 'RESOLVED'] as const;
export type Phase = (typeof PHASES)[number];

/** Something that happened, of which somebody may want to know. Times are UTC ms. */
export interface Notice {
  /** Names it for good: what has the same key is the same. */
  readonly key: string;
  readonly kind: NoticeKind;
  readonly phase: Phase;
  readonly severity: Severity;
  /** Empty where it is about none, as the symbol, the feed and the label. */
  readonly account: string;
  readonly symbol: string;
  readonly ticket: bigint | null;
  readonly feed: string;
  readonly label: string;
  readonly magicNumber: bigint;
  /** What lasts, by the key under which it began; empty of a moment. */
  readonly lasting: string;
  /** What happened, in one sentence. */
  readonly text: string;
  /** What to do, in one sentence; empty for nothing. */
  readonly advice: string;
  /** The command of dtms that does it, or shows what to decide by. */
  readonly command: string;
  readonly at: number;
}

/** What a notice says of itself; the rest is empty. */
type NoticeFields = Pick<Notice, 'key' | 'kind' | 'text' | 'at'> & Partial<Notice>;

const OWN_SEVERITIES: Readonly<Record<Exclude<NoticeKind, AlarmKind>, Severity>> = {
  SERVER_AWAY: 'CRITICAL',
  REGISTRATIONS_FAILING: 'CRITICAL',
  TRADE_REGISTERED: 'INFO',
  STATE_CHANGED: 'INFO',
  HEDGED: 'WARNING',
  TRADE_CLOSED: 'INFO',
  ACTION_HELD: 'WARNING',
  ACTION_REJECTED: 'WARNING',
  ACTION_DEAD: 'CRITICAL',
  SERVICE_WAS_AWAY: 'CRITICAL',
  ROLLOUT_STEP: 'INFO',
  TEST: 'INFO',
};

/** How serious a kind is, unless a rule says otherwise. */
export function severityOf(kind: NoticeKind): Severity {
  if (kind in OWN_SEVERITIES) return OWN_SEVERITIES[kind as keyof typeof OWN_SEVERITIES];
  return ALARMS[kind as AlarmKind].urgency === 'NOW' ? 'CRITICAL' : 'WARNING';
}

/** Whether one severity is at least as serious as another. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** A notice of what it says; everything else is empty. */
export function notice(fields: NoticeFields): Notice {
  return {
    phase: 'EVENT',
    severity: severityOf(fields.kind),
    account: '',
    symbol: '',
    ticket: null,
    feed: '',
    label: '',
    magicNumber: 0n,
    lasting: '',
    advice: '',
    command: '',
    ...fields,
  };
}

/** What keeps its order at a receiver: the notices of one trade; of what is about none, those of its account or feed. */
export function orderKeyOf({ account, ticket, feed }: Notice): string {
  return ticket === null ? `${account}|${feed}` : `${account}|${ticket}`;
}
