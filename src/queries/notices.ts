// Owns listing notices and their deliveries, the newest first.
import type { DeliveryFilter, DeliveryTable, DueDelivery } from '../store/notice-deliveries.js';
import type { NoticeFilter, NoticeTable, StoredNotice } from '../store/notices.js';
import { type ListPage, NEWEST, pageOf } from './page.js';

/** @param before - notices of lower numbers; 0: all. */
export async function listNotices(
  table: Pick<NoticeTable, 'list'>,
  filter: NoticeFilter,
  before: number,
  size: number,
): Promise<ListPage<StoredNotice, number>> {
  return pageOf(await table.list(filter, before || NEWEST, size + 1), size, ({ noticeId }) => noticeId);
}

/** @param before - messages of lower numbers; 0: all. */
export async function listDeliveries(
  table: Pick<DeliveryTable, 'list'>,
  filter: DeliveryFilter,
  before: number,
  size: number,
): Promise<ListPage<DueDelivery, number>> {
  return pageOf(await table.list(filter, before || NEWEST, size + 1), size, ({ deliveryId }) => deliveryId);
}
