// Owns sending a test to a channel, at once and past the outbox: what came of it is told to who asked.
import { notice } from '../domain/notices/notice.js';
import { DEFAULT_TEMPLATE } from '../domain/notices/notice-plan.js';
import { invalidField } from '../errors/errors.js';
import { send } from './channels/channel.js';
import { compose } from './message.js';
import type { SendingSettings } from './sender.js';

/** What came of a test. */
export interface Trial {
  readonly channel: string;
  readonly delivered: boolean;
  /** Why not; empty where it was. */
  readonly reason: string;
  readonly tookMs: number;
}

/**
 * @param name - of a channel; empty: each of the plan.
 * @param by - who asks, for who reads it.
 * @throws DtmsError INVALID_FIELD where there is no such channel
 */
export function tryChannels(
  { noticePlan, noticeSecrets, notices }: SendingSettings,
  name: string,
  by: string,
): Promise<Trial[]> {
  const channels = noticePlan.channels.filter((channel) => name === '' || channel.name === name);
  if (name !== '' && channels.length === 0)
    throw invalidField('channel', `the plan of notices has no channel ${name}`);
  const now = Date.now();
  const told = notice({ key: '', kind: 'TEST', text: `a test of notices, asked for by ${by}`, at: now });
  return Promise.all(
    channels.map(async (channel): Promise<Trial> => {
      const message = compose(`test-${channel.name}-${now.toString(36)}`, [told], DEFAULT_TEMPLATE);
      const startedAt = performance.now();
      const never = new AbortController().signal;
      const outcome = await send(channel, noticeSecrets, message, notices.timeoutMs, never);
      return {
        channel: channel.name,
        delivered: outcome.result === 'delivered',
        reason: outcome.result === 'delivered' ? '' : outcome.reason,
        tookMs: performance.now() - startedAt,
      };
    }),
  );
}
