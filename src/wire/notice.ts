// Owns notices and their deliveries as callers see them.
import {
  type Delivery,
  DeliveryStatus,
  type Notice as NoticeMessage,
  NoticePhase,
  NoticeSeverity,
} from '../../gen/ts/dtms/v1/notice_service.js';
import type { DueDelivery } from '../store/notice-deliveries.js';
import type { StoredNotice } from '../store/notices.js';
import { toDate } from './time.js';

export function noticeToProto(notice: StoredNotice): NoticeMessage {
  const { noticeId, kind, phase, severity, account, symbol, ticket, text, at } = notice;
  return {
    noticeId: BigInt(noticeId),
    kind,
    phase: NoticePhase[phase],
    severity: NoticeSeverity[severity],
    account,
    symbol,
    ticket: ticket ?? 0n,
    text,
    at: toDate(at),
  };
}

export function deliveryToProto(delivery: DueDelivery): Delivery {
  const { deliveryId, channel, rule, status, tries, reason, plannedAt, nextAt, doneAt, notices } = delivery;
  return {
    deliveryId: BigInt(deliveryId),
    channel,
    rule,
    status: DeliveryStatus[status],
    tries,
    reason,
    plannedAt: toDate(plannedAt),
    nextAt: status === 'PENDING' ? toDate(nextAt) : undefined,
    doneAt: toDate(doneAt),
    notices: notices.map(noticeToProto),
  };
}
