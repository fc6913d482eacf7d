// Owns who is told of what: the rules and channels of a plan, as data.
import type { Notice, NoticeKind, Severity } from './notice.js';

/** Hours of a zone's wall clock in which nobody is to be disturbed. */
export interface QuietHours {
  /** Minutes after midnight. From 22:00 to 07:00 is 1320 to 420. */
  readonly from: number;
  readonly to: number;
  /** IANA, such as Europe/Berlin. */
  readonly zone: string;
  /** What is at least so serious is told all the same. */
  readonly except: Severity;
}

/** What can name a group: notices that agree in all of these are of one. */
export const GROUP_FIELDS = ['kind', 'account', 'symbol', 'ticket', 'feed', 'severity'] as const;
export type GroupField = (typeof GROUP_FIELDS)[number];

export interface NoticeRule {
  readonly name: string;
  readonly kinds: readonly NoticeKind[];
  /** Each that is given must be so; * in an account or a symbol stands for anything. */
  readonly where: {
    readonly accounts?: readonly string[];
    readonly symbols?: readonly string[];
    readonly labels?: readonly string[];
    readonly magicNumbers?: readonly number[];
    /** At least so serious. */
    readonly severity?: Severity;
  };
  /** In place of the kind's own. */
  readonly severity: Severity | null;
  /** What lasts is told when it has lasted so long, ms. */
  readonly afterMs: number;
  readonly quiet: QuietHours | null;
  /** Notices of one group within the window are told in one. */
  readonly group: { readonly by: readonly GroupField[]; readonly windowMs: number } | null;
  /** At most so many messages in any window; what is beyond is told together when there is room. */
  readonly rate: { readonly most: number; readonly windowMs: number } | null;
  /** What still lasts after so long is told to others too. */
  readonly escalate: { readonly afterMs: number; readonly channels: readonly string[] } | null;
  /** Texts in which {field} stands for a field of the notice. */
  readonly template: { readonly title: string; readonly text: string };
  readonly channels: readonly string[];
}

interface Named {
  readonly name: string;
}

/** Where a person, or a program, is told. What is secret is not in here but in `secrets`, by the channel's name. */
export type Channel =
  | (Named & { readonly kind: 'webhook'; readonly url: string })
  | (Named & { readonly kind: 'telegram'; readonly chatId: string; readonly baseUrl: string })
  | (Named & { readonly kind: 'discord' })
  | (Named & { readonly kind: 'slack' })
  | (Named & {
      readonly kind: 'email';
      readonly host: string;
      readonly port: number;
      readonly tls: 'required' | 'implicit' | 'off';
      readonly user: string;
      readonly from: string;
      readonly to: readonly string[];
    });
export type ChannelKind = Channel['kind'];

/** The log itself, sent on as it is written. */
export interface LogStream extends Named {
  readonly kind: 'nats';
  readonly servers: readonly string[];
  /** The first part of each subject. */
  readonly subject: string;
  /** As whom; empty for nobody. */
  readonly user: string;
}

export interface NoticePlan {
  readonly channels: readonly Channel[];
  readonly rules: readonly NoticeRule[];
  readonly streams: readonly LogStream[];
}

export const NO_PLAN: NoticePlan = { channels: [], rules: [], streams: [] };

/** The fields that a template may name. */
export const TEMPLATE_FIELDS = [
  'kind',
  'phase',
  'severity',
  'account',
  'symbol',
  'ticket',
  'feed',
  'label',
  'text',
  'advice',
  'command',
  'at',
] as const;

export const DEFAULT_TEMPLATE = {
  title: 'DTMS {severity}: {kind} {account} {symbol} {ticket}',
  text: '{text}\n{advice}\n{command}',
} as const;

/** A text with its fields filled in; lines and blanks that are left without anything are left out. Nothing is executed. */
export function filled(template: string, notice: Notice): string {
  const values = new Map<string, string>([
    ...TEMPLATE_FIELDS.map((field) => [field, String(notice[field])] as const),
    ['ticket', notice.ticket === null ? '' : String(notice.ticket)],
    ['phase', PHASE_WORDS[notice.phase]],
    ['at', new Date(notice.at).toISOString()],
  ]);
  return template
    .replace(/\{(\w+)\}/g, (_, field: string) => values.get(field) ?? '')
    .split('\n')
    .map((line) => line.replaceAll(/[ \t]+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}

const PHASE_WORDS = { EVENT: '', BEGUN: 'begun', RESOLVED: 'resolved' } as const;

/** The names in a template that stand for nothing. */
export function unknownFields(template: string): string[] {
  const known: readonly string[] = TEMPLATE_FIELDS;
  return [...template.matchAll(/\{(\w+)\}/g)]
    .map(([, field = '']) => field)
    .filter((field) => !known.includes(field));
}
