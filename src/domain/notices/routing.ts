// Owns which notices become which messages, to whom and when: rules applied to one notice, a pure function of the notice,
// the plan, what is waiting already, and the time.
import { isAtLeast, type Notice, orderKeyOf } from './notice.js';
import type { NoticePlan, NoticeRule } from './notice-plan.js';
import { afterQuiet } from './quiet-hours.js';

/** A message that is to be sent. Times are UTC ms. */
export interface PlannedDelivery {
  readonly rule: string;
  readonly channel: string;
  readonly dueAt: number;
  readonly orderKey: string;
  /** Sent only while this lasts; empty: whatever comes. */
  readonly whileLasting: string;
  /** Notices of the same group join it while it waits; empty: none do. */
  readonly group: string;
}

/** What a notice becomes at a channel: a message of its own, or a part of one that waits. */
export type NoticeRoute =
  | { readonly step: 'send'; readonly delivery: PlannedDelivery }
  | { readonly step: 'join'; readonly rule: string; readonly channel: string; readonly group: string };

/** What is known of the messages so far. */
export interface RoutingMemory {
  /** When the message of a group is due, where one waits; by groupName(). */
  readonly waiting: ReadonlyMap<string, number>;
  /** When the messages of a rule to a channel were or are due, in the windows of their rates; by rateName(). */
  readonly planned: ReadonlyMap<string, readonly number[]>;
  /** Of what is over now: who was told that it began, by which rule. */
  readonly told: readonly { readonly rule: string; readonly channel: string }[];
}

export const NO_MEMORY: RoutingMemory = { waiting: new Map(), planned: new Map(), told: [] };

export const groupName = (rule: string, channel: string, group: string): string =>
  JSON.stringify([rule, channel, group]);
export const rateName = (rule: string, channel: string): string => JSON.stringify([rule, channel]);

/** What a notice that is told `now` becomes; each channel is told once, by the first rule that names it. */
export function routesOf(
  notice: Notice,
  plan: NoticePlan,
  memory: RoutingMemory,
  now: number,
): NoticeRoute[] {
  if (notice.phase === 'RESOLVED') return resolvedRoutes(notice, plan, memory, now);
  const served = new Set<string>();
  const routes: NoticeRoute[] = [];
  for (const rule of plan.rules.filter((each) => matches(each, notice))) {
    const told = asTold(rule, notice);
    const lasts = notice.phase === 'BEGUN';
    for (const { channel, waitMs } of recipientsOf(rule, lasts)) {
      if (served.has(channel)) continue;
      served.add(channel);
      const from = lasts ? Math.max(now, notice.at + waitMs) : now;
      const whileLasting = waitMs > 0 && lasts ? notice.lasting : '';
      routes.push(routeOf(rule, channel, told, memory, { from, whileLasting }));
    }
  }
  return routes;
}

/** A notice as a rule tells it. */
export function asTold(rule: NoticeRule, notice: Notice): Notice {
  return rule.severity === null ? notice : { ...notice, severity: rule.severity };
}

function recipientsOf(rule: NoticeRule, lasts: boolean): { channel: string; waitMs: number }[] {
  const first = rule.channels.map((channel) => ({ channel, waitMs: rule.afterMs }));
  const { escalate } = rule;
  if (!lasts || escalate === null) return first;
  const later = escalate.channels.map((channel) => ({ channel, waitMs: rule.afterMs + escalate.afterMs }));
  return [...first, ...later];
}

interface Moment {
  /** Not before. */
  readonly from: number;
  readonly whileLasting: string;
}

function routeOf(
  rule: NoticeRule,
  channel: string,
  notice: Notice,
  memory: RoutingMemory,
  { from, whileLasting }: Moment,
): NoticeRoute {
  const { group, name } = rule;
  // What may still be withdrawn goes alone.
  const joins = whileLasting === '';
  const key = group === null || !joins ? '' : group.by.map((field) => String(notice[field])).join('|');
  const send = (dueAt: number, of: string): NoticeRoute => ({
    step: 'send',
    delivery: {
      rule: name,
      channel,
      dueAt,
      orderKey: of === '' ? orderKeyOf(notice) : of,
      whileLasting,
      group: of,
    },
  });
  const grouped = group === null || !joins ? '' : `group:${key}`;
  if (grouped !== '' && memory.waiting.has(groupName(name, channel, grouped)))
    return { step: 'join', rule: name, channel, group: grouped };
  const due = awake(rule, notice, grouped === '' ? from : from + (group?.windowMs ?? 0));
  const room = joins ? roomAt(memory, rule, channel, due) : due;
  if (room <= due) return send(due, grouped);
  if (memory.waiting.has(groupName(name, channel, RATE_GROUP)))
    return { step: 'join', rule: name, channel, group: RATE_GROUP };
  return send(awake(rule, notice, room), RATE_GROUP);
}

/** The group of what was too much for a rate. */
const RATE_GROUP = 'rate';

/** From when on a rate has room for one more. */
function roomAt(
  { planned }: RoutingMemory,
  { name, rate }: NoticeRule,
  channel: string,
  due: number,
): number {
  if (rate === null) return due;
  const times = [...(planned.get(rateName(name, channel)) ?? [])].sort((a, b) => a - b);
  const within = times.filter((time) => time > due - rate.windowMs);
  const blocking = within[within.length - rate.most];
  return blocking === undefined ? due : blocking + rate.windowMs;
}

function awake({ quiet }: NoticeRule, { severity }: Notice, dueAt: number): number {
  return quiet === null || isAtLeast(severity, quiet.except) ? dueAt : afterQuiet(quiet, dueAt);
}

/** Who was told that it began is told that it is over. */
function resolvedRoutes(
  notice: Notice,
  plan: NoticePlan,
  { told }: RoutingMemory,
  now: number,
): NoticeRoute[] {
  return told.flatMap(({ rule: name, channel }): NoticeRoute[] => {
    const rule = plan.rules.find((each) => each.name === name);
    if (rule === undefined) return [];
    const dueAt = awake(rule, asTold(rule, notice), now);
    const delivery = {
      rule: name,
      channel,
      dueAt,
      orderKey: orderKeyOf(notice),
      whileLasting: '',
      group: '',
    };
    return [{ step: 'send', delivery }];
  });
}

/** Whether a rule is about a notice. */
export function matches({ kinds, where }: NoticeRule, notice: Notice): boolean {
  const { accounts, symbols, labels, magicNumbers, severity } = where;
  return (
    kinds.includes(notice.kind) &&
    fits(accounts, notice.account) &&
    fits(symbols, notice.symbol) &&
    fits(labels, notice.label) &&
    (magicNumbers === undefined || magicNumbers.some((magic) => BigInt(magic) === notice.magicNumber)) &&
    (severity === undefined || isAtLeast(notice.severity, severity))
  );
}

function fits(patterns: readonly string[] | undefined, value: string): boolean {
  return patterns === undefined || patterns.some((pattern) => likeText(pattern, value));
}

/** Whether a text fits a pattern in which * stands for anything. */
function likeText(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = others.pop() ?? '';
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
