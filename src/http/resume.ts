// Owns going on with a watch over HTTP where it broke off: the place of each frame as one text, which
// browsers send back by themselves.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { invalidField } from '../errors/errors.js';

/** The method whose streams can be resumed. */
export const WATCH_PATH = '/dtms.v1.TradeService/WatchTrades';

const MAX_ID = 128;
/** The time is absent in the ids of older servers. */
const ID = /^(.+?):(\d{1,19})(?:@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z))?$/s;

/** The place after a frame of WatchTrades, "<log_epoch>:<revision>@<recorded_at>"; undefined for frames that have none. */
export function positionOf(frame: JsonObject): string | undefined {
  const { bookmark, snapshotEnd, events } = frame;
  const whole = object(bookmark) ?? object(snapshotEnd);
  if (whole !== undefined) return place(whole);
  const list = object(events)?.events;
  const last = Array.isArray(list) ? object(list.at(-1)) : undefined;
  return last === undefined ? undefined : place(last);
}

function place({ logEpoch, revision, recordedAt }: JsonObject): string | undefined {
  if (typeof logEpoch !== 'string' || typeof revision !== 'string') return undefined;
  return `${logEpoch}:${revision}${typeof recordedAt === 'string' ? `@${recordedAt}` : ''}`;
}

function object(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/** A request of WatchTrades that goes on after a frame. @throws DtmsError INVALID_FIELD for no place of ours. */
export function resumed(request: JsonObject, lastEventId: string): JsonObject {
  const [, logEpoch, revision, recordedAt] =
    (lastEventId.length > MAX_ID ? null : ID.exec(lastEventId)) ?? [];
  if (logEpoch === undefined || revision === undefined)
    throw invalidField('last_event_id', 'must be the id of an event of this stream');
  // A browser asks again for what it asked first, its initial state too.
  const { sendInitialState, send_initial_state, resume_after, ...rest } = request;
  return { ...rest, resumeAfter: { logEpoch, revision, ...(recordedAt !== undefined && { recordedAt }) } };
}
