// Owns what a receiver is sent: a title and a text made of notices by their rule's template, for people, and the notices
// themselves, for programs.
import type { Notice } from '../domain/notices/notice.js';
import { DEFAULT_TEMPLATE, filled, type NoticePlan } from '../domain/notices/notice-plan.js';
import { asTold } from '../domain/notices/routing.js';
import type { DueDelivery } from '../store/notice-deliveries.js';

export interface Message {
  /** The same in every try of one message, and of no other. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** UTC ms. */
  readonly at: number;
  readonly notices: readonly Notice[];
}

/** The message of a delivery, by the plan in force. */
export function messageOf(
  { deliveryId, plannedAt, rule: name, notices }: DueDelivery,
  plan: NoticePlan,
): Message {
  const rule = plan.rules.find((each) => each.name === name);
  const told = rule === undefined ? notices : notices.map((each) => asTold(rule, each));
  return compose(`${deliveryId}-${plannedAt.toString(36)}`, told, rule?.template ?? DEFAULT_TEMPLATE);
}

/** A message of some notices; of several, the title says how many. */
export function compose(
  id: string,
  notices: readonly Notice[],
  template: { title: string; text: string },
): Message {
  const [first] = notices;
  if (first === undefined) throw new Error('a message has no notice');
  const more = notices.length === 1 ? '' : ` (and ${notices.length - 1} more)`;
  return {
    id,
    title: filled(template.title, first) + more,
    text: notices.map((each) => filled(template.text, each)).join('\n\n'),
    at: first.at,
    notices,
  };
}

/** A text cut to what a receiver takes. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${begunWith(text, most - 1)}…`;
}

/** The beginning of a text, at most so long, and no half of a character: that is no text, and receivers refuse it. */
export function begunWith(text: string, most: number): string {
  return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
}
