// Owns going on with a watch over HTTP where it broke off: the place of each frame as one text, which
// browsers send back by themselves.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { invalidField } from '../errors/errors.js';

/** The method whose streams can be resumed. */
export const WATCH_PATH = '/dtms.v1.TradeService/WatchTrades';

const MAX_ID = 128;

/** The place after a frame of WatchTrades, "<log_epoch>:<revision>"; undefined for frames that have none. */
export function positionOf(frame: JsonObject): string | undefined {
  const { bookmark, snapshotEnd, events } = frame;
  const whole = object(bookmark) ?? object(snapshotEnd);
  if (whole !== undefined) return place(whole.logEpoch, whole.revision);
  const list = object(events)?.events;
  const last = Array.isArray(list) ? object(list.at(-1)) : undefined;
  return last === undefined ? undefined : place(last.logEpoch, last.revision);
}

function place(epoch: JsonValue | undefined, revision: JsonValue | undefined): string | undefined {
  return typeof epoch === 'string' && typeof revision === 'string' ? `${epoch}:${revision}` : undefined;
}

function object(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/** A request of WatchTrades that goes on after a frame. @throws DtmsError INVALID_FIELD for no place of ours. */
export function resumed(request: JsonObject, lastEventId: string): JsonObject {
  const colon = lastEventId.lastIndexOf(':');
  const revision = lastEventId.slice(colon + 1);
  if (colon < 1 || lastEventId.length > MAX_ID || !/^\d{1,19}$/.test(revision))
    throw invalidField('last_event_id', 'must be the id of an event of this stream');
  // A browser asks again for what it asked first, its initial state too.
  const { sendInitialState, send_initial_state, resume_after, ...rest } = request;
  return { ...rest, resumeAfter: { logEpoch: lastEventId.slice(0, colon), revision } };
}
