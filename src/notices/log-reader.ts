// Owns reading the log for notices: from a cursor in the database, so that after a restart, on another server or in another
// epoch it goes on where it was. What it finds and where it is are written together.
import type { Notice, NoticeKind } from '../domain/notices/notice.js';
import type { NoticePlan } from '../domain/notices/notice-plan.js';
import type { Logger } from '../observability/logger.js';
import { isErased } from '../store/erased-event.js';
import type { LogCursor, NoticeTable } from '../store/notices.js';
import type { Store } from '../store/store.js';
import type { LogEvent } from '../store/types.js';
import { EVENT_KINDS, noticeOfEvent } from './event-notices.js';

export type ReadStore = Pick<Store, 'head' | 'readEvents' | 'findTrades'> & {
  readonly notices: Pick<NoticeTable, 'cursor' | 'beginAt' | 'move'>;
};

/** Events read at a time. */
const PAGE = 500;
/** Whose cursor it is. */
export const READER = 'notices';
/** Whose cursor a stream's is. */
export const streamReader = (stream: string): string => `stream:${stream}`;

/**
 * Reads on to the end of the log.
 *
 * @param plan - in force now; an event is told by the one in force after it is read.
 * @returns how many notices there are more.
 * @throws StoreUnavailableError
 */
export async function readLog(store: ReadStore, plan: () => NoticePlan, logger: Logger): Promise<number> {
  let found = 0;
  for (;;) {
    const from = await placeOf(store, READER, logger);
    const events = await store.readEvents(from.revision, PAGE);
    const last = events.at(-1);
    if (last === undefined) return found;
    const notices = await noticesIn(store, events, plan());
    const to = { epoch: last.epoch, revision: last.revision };
    // Somebody else reads: then it has these.
    if (!(await store.notices.move(READER, from, to, notices))) return found;
    found += notices.length;
    if (events.length < PAGE) return found;
  }
}

/** Where a reader is; one that begins is at the head, and one that was away too long after what is gone. */
export async function placeOf(store: ReadStore, reader: string, logger: Logger): Promise<LogCursor> {
  const head = await store.head();
  const known = await store.notices.cursor(reader);
  if (known === undefined) {
    await store.notices.beginAt(reader, head);
    return { epoch: head.epoch, revision: head.revision };
  }
  const { revision } = known;
  if (revision < head.compacted) {
    logger.warn(
      { reader, revision, compacted_revision: head.compacted },
      'events of the log were gone before they were read for notices',
    );
    return skipped(store, reader, known, { epoch: head.epoch, revision: head.compacted });
  }
  // A log that lost its end goes on from where it is.
  return revision > head.revision ? skipped(store, reader, known, head) : known;
}

async function skipped(store: ReadStore, reader: string, from: LogCursor, to: LogCursor): Promise<LogCursor> {
  const place = { epoch: to.epoch, revision: to.revision };
  await store.notices.move(reader, from, place, []);
  return place;
}

async function noticesIn(
  store: Pick<Store, 'findTrades'>,
  events: readonly LogEvent[],
  plan: NoticePlan,
): Promise<Notice[]> {
  const wanted = wantedOf(plan);
  if (!EVENT_KINDS.some((kind) => wanted.has(kind))) return [];
  const there = events.filter((event) => !isErased(event));
  const notices = there.flatMap((event) => noticeOfEvent(event, wanted) ?? []);
  return withSpecs(store, notices);
}

function wantedOf({ rules }: NoticePlan): ReadonlySet<NoticeKind> {
  return new Set(rules.flatMap(({ kinds }) => kinds));
}

/** With the labels and magic numbers of their trades, which are not in their events. */
async function withSpecs(store: Pick<Store, 'findTrades'>, notices: readonly Notice[]): Promise<Notice[]> {
  const keys = notices.flatMap(({ account, ticket }) => (ticket === null ? [] : [{ account, ticket }]));
  if (keys.length === 0) return [...notices];
  const found = await store.findTrades(keys);
  const specs = new Map(found.map(({ trade }) => [`${trade.spec.account}|${trade.spec.ticket}`, trade.spec]));
  return notices.map((each) => {
    const spec = specs.get(`${each.account}|${each.ticket}`);
    return spec === undefined ? each : { ...each, label: spec.label, magicNumber: spec.magicNumber };
  });
}
