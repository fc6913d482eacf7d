// Owns what may go wrong between a bridge and its broker, each with its probability, and the seeded draw.
import { RETURN_CODES, type ReturnCode } from '../domain/actions/result-codes.js';

export const ORDER_FAULTS = [
  // No answer in time; the order was filled, never arrived, or is filled later.
  'timeoutFilled',
  'timeoutUnfilled',
  'timeoutLate',
  // The same request arrives twice within a connection: the second is known and not carried out.
  'duplicate',
  // The connection breaks before or after the order was carried out.
  'disconnectBefore',
  'disconnectAfter',
  // The terminal restarts; the order never left it.
  'restart',
] as const;
export type OrderFault = (typeof ORDER_FAULTS)[number];

export const QUERY_FAULTS = ['failedQuery', 'partialQuery'] as const;
export type QueryFault = (typeof QUERY_FAULTS)[number];

export interface Faults {
  readonly seed: number;
  /** Probability per order; what is not named never happens. */
  readonly orders: Readonly<Partial<Record<OrderFault, number>>>;
  /** Probability per order that it is refused with the code, whatever it asks for. */
  readonly rejections: Readonly<Partial<Record<ReturnCode, number>>>;
  /** Probability per query of positions or deals. */
  readonly queries: Readonly<Partial<Record<QueryFault, number>>>;
  /** A late order is filled at most this many ms of broker time after its timeout. */
  readonly latestMs: number;
  /** A lost connection or a restarting terminal is back within this many ms of broker time. */
  readonly outageMs: number;
}

export const NO_FAULTS: Faults = {
  seed: 1,
  orders: {},
  rejections: {},
  queries: {},
  latestMs: 5_000,
  outageMs: 30_000,
};

const REJECTIONS = [
  RETURN_CODES.REQUOTE,
  RETURN_CODES.PRICE_OFF,
  RETURN_CODES.TOO_MANY_REQUESTS,
  RETURN_CODES.LOCKED,
] as const;

/** Every fault alike, so that a share of `rate` (0 to 1) of all orders, and of all queries, is faulty. */
export function evenFaults(seed: number, rate: number): Faults {
  const even = <K extends PropertyKey>(kinds: readonly K[], total: number) =>
    Object.fromEntries(kinds.map((kind) => [kind, total / kinds.length])) as Record<K, number>;
  const shares = ORDER_FAULTS.length + 1;
  return {
    ...NO_FAULTS,
    seed,
    orders: even(ORDER_FAULTS, (rate * ORDER_FAULTS.length) / shares),
    rejections: even(REJECTIONS, rate / shares),
    queries: even(QUERY_FAULTS, rate),
  };
}

/** What happens, drawn with one random number in [0, 1); null when nothing does. */
export function drawn<K extends string>(table: readonly (readonly [K, number])[], random: number): K | null {
  let below = 0;
  for (const [kind, probability] of table) {
    below += probability;
    if (random < below) return kind;
  }
  return null;
}
