// Owns NoticeService: what somebody was told and how it got there, a dead letter sent again, and a test. Any server answers.
import { DeliveryStatus, type NoticeServiceDefinition } from '../../gen/ts/dtms/v1/notice_service.js';
import { auditOf } from '../commands/command.js';
import { retryDelivery } from '../commands/retry-delivery.js';
import { NOTICE_KINDS } from '../domain/notices/notice.js';
import type { Handlers } from '../interceptors/handlers.js';
import type { SendingSettings } from '../notices/sender.js';
import { tryChannels } from '../notices/trial.js';
import { listDeliveries, listNotices } from '../queries/notices.js';
import { DELIVERY_STATUSES } from '../store/notice-deliveries.js';
import type { Store } from '../store/store.js';
import { deliveryToProto, noticeToProto } from '../wire/notice.js';
import { pageSizeOf, pageToken, parsePageToken, queryFingerprint } from './page-token.js';

type NoticeStore = Pick<Store, 'notices' | 'deliveries' | 'audits'>;

/** @param settings - in force now */
export function noticeHandlers(
  store: NoticeStore,
  settings: () => SendingSettings,
): Handlers<NoticeServiceDefinition> {
  return {
    listNotices: async (request, { method }) => {
      const { account, kinds } = request;
      const known = NOTICE_KINDS.filter((kind) => kinds.includes(kind));
      const fingerprint = queryFingerprint(method, JSON.stringify([account, kinds]));
      const before = parsePageToken(request.pageToken, fingerprint);
      // Of kinds that nobody knows there is none.
      if (kinds.length > 0 && known.length === 0) return { notices: [], nextPageToken: '' };
      const filter = { account: account || null, kinds: known };
      const { items, next } = await listNotices(store.notices, filter, before, pageSizeOf(request));
      return { notices: items.map(noticeToProto), nextPageToken: pageToken(fingerprint, next) };
    },

    listDeliveries: async (request, { method }) => {
      const status = DELIVERY_STATUSES.find((name) => DeliveryStatus[name] === request.status) ?? null;
      const filter = { status, channel: request.channel || null };
      const fingerprint = queryFingerprint(method, JSON.stringify(filter));
      const before = parsePageToken(request.pageToken, fingerprint);
      const { items, next } = await listDeliveries(store.deliveries, filter, before, pageSizeOf(request));
      return { deliveries: items.map(deliveryToProto), nextPageToken: pageToken(fingerprint, next) };
    },

    retryDelivery: async (request, call) => {
      await retryDelivery(store, request, call);
      return {};
    },

    testNotice: async ({ channel }, call) => {
      await store.audits.add(auditOf(call, { detail: { channel } }));
      const trials = await tryChannels(settings(), channel, call.principal.name);
      return { tests: trials.map((trial) => ({ ...trial, tookMs: BigInt(Math.round(trial.tookMs)) })) };
    },
  };
}
