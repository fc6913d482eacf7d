// Owns making events whole that were read of the log: those that were stored without what another one has.
import type pg from 'pg';
import { int8Array } from './binary-arrays.js';
import { carrierOf, wholeEvent } from './bodies/brief-event.js';
import { StoreUnavailableError } from './errors.js';
import { query } from './pool.js';

/** What of an event is needed. */
interface StoredPayload {
  readonly revision: number;
  readonly payload: Uint8Array;
}

/** An event that lacks what is nowhere: the other event is gone, as both are when the log is compacted meanwhile. */
export class IncompleteEventError extends StoreUnavailableError {
  constructor(revision: number, carrier: number) {
    super(`Event ${revision} lacks what stood in event ${carrier}, which is not there`, 'not_written');
    this.name = 'IncompleteEventError';
  }
}

/** The events, each whole. Others than these are read where they are needed. @throws IncompleteEventError */
export async function wholeEvents<Event extends StoredPayload>(
  on: pg.Pool | pg.ClientBase,
  events: readonly Event[],
): Promise<Event[]> {
  const carriers = new WholeEvents();
  await carriers.need(on, events);
  return events.map((event) => ({ ...event, payload: carriers.payloadOf(event) }));
}

/** Whole events that brief ones refer to, those that were seen last. */
export class WholeEvents {
  readonly #known = new Map<number, Uint8Array>();
  readonly #most: number;

  /** @param most - how many it remembers beside those that are needed at once */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** Takes those that are whole, and returns the revisions of the events that the others need and that are not among them. */
  take(events: readonly StoredPayload[]): readonly number[] {
    if (this.#known.size > this.#most) this.#known.clear();
    const needed = new Set<number>();
    for (const { revision, payload } of events) {
      const carrier = carrierOf(revision, payload);
      if (carrier === null) this.#known.set(revision, payload);
      else needed.add(carrier);
    }
    return [...needed].filter((revision) => !this.#known.has(revision));
  }

  /** Takes them, and reads what they need. */
  async need(on: pg.Pool | pg.ClientBase, events: readonly StoredPayload[]): Promise<void> {
    const missing = this.take(events);
    if (missing.length === 0) return;
    const { rows } = await query(on, {
      name: 'find_events',
      text: 'SELECT revision, payload FROM events WHERE revision = ANY($1::int8[])',
      values: [int8Array(missing)],
    });
    for (const { revision, payload } of rows) this.#known.set(Number(revision), payload);
  }

  /** The payload of an event as it was made. @throws IncompleteEventError */
  payloadOf({ revision, payload }: StoredPayload): Uint8Array {
    const carrier = carrierOf(revision, payload);
    if (carrier === null) return payload;
    const whole = this.#known.get(carrier);
    if (whole === undefined) throw new IncompleteEventError(revision, carrier);
    return wholeEvent(payload, whole);
  }
}
