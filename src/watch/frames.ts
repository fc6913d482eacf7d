// Owns the bytes of WatchTradesResponse. An event is encoded once, for all watches; what differs
// between streams, the revision of the stream's previous event, is appended when a frame is written.
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { type Bookmark, WatchTradesResponse } from '../../gen/ts/dtms/v1/trade_service.js';
import type { State } from '../domain/trade/state.js';
import type { LogEvent, LogPlace } from '../store/types.js';

/** An event as watches need it: what filters ask for, and its bytes. */
export interface EncodedEvent {
  readonly revision: number;
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  /** The trade's state after the change. */
  readonly state: State;
  /** Database time, UTC ms: with the revision it names one event of one history. */
  readonly recordedAt: number;
  /** A dtms.v1.TradeEvent that lacks only previous_revision. */
  readonly bytes: Uint8Array;
}

// Tags: field number << 3 | wire type (0 varint, 2 length-delimited).
const EVENT_REVISION = 1 << 3;
const EVENT_LOG_EPOCH = (2 << 3) | 2;
const EVENT_PREVIOUS_REVISION = 3 << 3;
const EVENT_RECORDED_AT = (10 << 3) | 2;
const TIMESTAMP_SECONDS = 1 << 3;
const TIMESTAMP_NANOS = 2 << 3;
const RESPONSE_SNAPSHOT_ITEM = (1 << 3) | 2;
const RESPONSE_EVENTS = (3 << 3) | 2;
const SNAPSHOT_ITEM_TRADE = (1 << 3) | 2;
const EVENTS_REVISION = 1 << 3;
const EVENTS_EVENT = (2 << 3) | 2;

/** Completes a stored event: fields may follow in any order, so what the log knows is appended. */
export function encodeEvent(event: LogEvent): EncodedEvent {
  const { revision, epoch, account, ticket, symbol, state, payload, recordedAt } = event;
  const seconds = Math.floor(recordedAt / 1000);
  const nanos = Math.round((recordedAt - seconds * 1000) * 1e6);
  const bytes = new BinaryWriter()
    .raw(payload)
    .uint32(EVENT_REVISION)
    .int64(revision)
    .uint32(EVENT_LOG_EPOCH)
    .string(epoch)
    .uint32(EVENT_RECORDED_AT)
    .fork()
    .uint32(TIMESTAMP_SECONDS)
    .int64(seconds)
    .uint32(TIMESTAMP_NANOS)
    .int32(nanos)
    .join()
    .finish();
  return { revision, account, ticket, symbol, state, recordedAt, bytes };
}

/**
 * One WatchEvents message.
 *
 * @param events at least one, in order
 * @param previous the revision of the event this stream sent before them; 0 for none
 */
export function eventsFrame(events: readonly EncodedEvent[], previous: number): Buffer {
  let last = previous;
  let inside = 0;
  for (const { revision, bytes } of events) {
    const size = bytes.length + previousSize(last);
    inside += 1 + varintSize(size) + size;
    last = revision;
  }
  inside += 1 + varintSize(last);
  const frame = Buffer.allocUnsafe(1 + varintSize(inside) + inside);
  let at = writeVarint(frame, writeVarint(frame, 0, RESPONSE_EVENTS), inside);
  at = writeVarint(frame, writeVarint(frame, at, EVENTS_REVISION), last);
  let before = previous;
  for (const { revision, bytes } of events) {
    at = writeVarint(frame, at, EVENTS_EVENT);
    at = writeVarint(frame, at, bytes.length + previousSize(before));
    frame.set(bytes, at);
    at += bytes.length;
    if (before !== 0) at = writeVarint(frame, writeVarint(frame, at, EVENT_PREVIOUS_REVISION), before);
    before = revision;
  }
  return frame;
}

/** proto3 leaves a zero out. */
function previousSize(previous: number): number {
  return previous === 0 ? 0 : 1 + varintSize(previous);
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** Writes a value from 0 to 2^53 - 1; returns the place after it. */
function writeVarint(buffer: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 0x80) {
    buffer[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    at += 1;
  }
  buffer[at] = rest;
  return at + 1;
}

/** @param trade an encoded dtms.v1.Trade */
export function snapshotItemFrame(trade: Uint8Array): Buffer {
  const item = new BinaryWriter().uint32(RESPONSE_SNAPSHOT_ITEM).fork().uint32(SNAPSHOT_ITEM_TRADE);
  return asBuffer(item.bytes(trade).join().finish());
}

export function snapshotEndFrame(place: LogPlace, items: number): Buffer {
  return frameOf({
    $case: 'snapshotEnd',
    value: { ...placeToProto(place), items: BigInt(items) },
  });
}

export function bookmarkFrame(place: LogPlace): Buffer {
  return frameOf({ $case: 'bookmark', value: placeToProto(place) });
}

function placeToProto({ revision, epoch, recordedAt }: LogPlace): Bookmark {
  return {
    revision: BigInt(revision),
    logEpoch: epoch,
    recordedAt: recordedAt === null ? undefined : new Date(recordedAt),
  };
}

export function caughtUpFrame(revision: number): Buffer {
  return frameOf({ $case: 'caughtUp', value: { revision: BigInt(revision) } });
}

export function fellBehindFrame(revision: number, headRevision: number): Buffer {
  return frameOf({
    $case: 'fellBehind',
    value: { revision: BigInt(revision), headRevision: BigInt(headRevision) },
  });
}

function frameOf(message: NonNullable<WatchTradesResponse['message']>): Buffer {
  return asBuffer(WatchTradesResponse.encode({ message }).finish());
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
