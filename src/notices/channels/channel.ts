// Owns one try of a message at a channel, whatever its kind.
import { secretVariable } from '../../config/notice-plan.js';
import type { Channel } from '../../domain/notices/notice-plan.js';
import type { TryOutcome } from '../../domain/notices/retries.js';
import { within } from '../../observability/signals.js';
import type { Message } from '../message.js';
import { discordPosting, slackPosting, telegramPosting } from './chats.js';
import { type Posting, post } from './http-post.js';
import { toldReason } from './told-reason.js';
import { cloudEvent, signedHeaders } from './webhook.js';

/** What lets us in, by the names of variables. */
export type Secrets = Readonly<Record<string, string>>;

/**
 * One try, over within its time. Never rejects.
 *
 * @param stopped - ends it sooner.
 */
export async function send(
  channel: Channel,
  secrets: Secrets,
  message: Message,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<TryOutcome> {
  const outcome = await within(timeoutMs, stopped, (signal) =>
    channel.kind === 'email'
      ? mail(channel, secrets, message, timeoutMs, signal)
      : post(postingOf(channel, secrets, message), signal),
  );
  if (outcome.result === 'delivered') return outcome;
  const own = SECRET_KINDS.map((what) => secrets[secretVariable(channel.name, what)] ?? '');
  return { ...outcome, reason: toldReason(outcome.reason, own) };
}

const SECRET_KINDS = ['SECRET', 'TOKEN', 'URL', 'PASSWORD'] as const;

async function mail(
  channel: Extract<Channel, { kind: 'email' }>,
  secrets: Secrets,
  message: Message,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TryOutcome> {
  const password = secrets[secretVariable(channel.name, 'PASSWORD')] ?? '';
  // Loaded only where a plan has such a channel: nobody else pays for it.
  const { sendEmail } = await import('./email.js');
  return sendEmail(channel, password, message, timeoutMs, signal);
}

function postingOf(
  channel: Exclude<Channel, { kind: 'email' }>,
  secrets: Secrets,
  message: Message,
): Posting {
  const secret = (what: 'SECRET' | 'TOKEN' | 'URL') => secrets[secretVariable(channel.name, what)] ?? '';
  switch (channel.kind) {
    case 'webhook': {
      const body = cloudEvent(message);
      return {
        url: channel.url,
        body,
        headers: signedHeaders(secret('SECRET'), message.id, Date.now(), body),
      };
    }
    case 'telegram':
      return telegramPosting(message, channel.baseUrl, secret('TOKEN'), channel.chatId);
    case 'discord':
      return discordPosting(message, secret('URL'));
    case 'slack':
      return slackPosting(message, secret('URL'));
  }
}
