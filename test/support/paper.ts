// A paper broker for tests: one symbol with round terms, and short ways to say what is asked of it.

import { PaperBroker } from '../../src/broker/paper-broker.js';
import type { OrderRequest } from '../../src/broker/terminal.js';
import {
  DEFAULT_ACCOUNT,
  type Execution,
  type PaperAccount,
  PLAIN_EXECUTION,
} from '../../src/broker/terms.js';
import type { BrokerPosition } from '../../src/domain/broker/snapshot.js';
import type { Instrument } from '../../src/domain/market/data.js';
import type { Direction } from '../../src/domain/market/direction.js';

export const SYMBOL = 'BTCUSD';
/** A Wednesday in March, 10:00 UTC. */
export const T0 = Date.UTC(2025, 2, 5, 10);
export const TICK = 0.25;

export const INSTRUMENT: Instrument = {
  account: 'demo',
  symbol: SYMBOL,
  digits: 2,
  tickSize: TICK,
  volumeMin: 0.1,
  volumeStep: 0.1,
  volumeMax: 10,
  stopsLevel: 0,
  freezeLevel: 0,
  contractSize: 1,
  commissionPerLot: 0,
};

export interface PaperParts {
  readonly account?: Partial<PaperAccount>;
  readonly instrument?: Partial<Instrument>;
  readonly execution?: Partial<Execution>;
  readonly swapBuy?: number;
  readonly swapSell?: number;
}

/** A broker that shows 100 / 100.5 for the symbol at T0. */
export function paperBroker({ account, instrument, execution, swapBuy = 0, swapSell = 0 }: PaperParts = {}) {
  const terms = { instrument: { ...INSTRUMENT, ...instrument }, spread: 0.5, swapBuy, swapSell };
  const broker = new PaperBroker({ ...DEFAULT_ACCOUNT, firstTicket: 1n, ...account }, [terms], {
    ...PLAIN_EXECUTION,
    ...execution,
  });
  broker.quote(terms.instrument.symbol, { bid: 100, ask: 100.5 }, T0);
  return broker;
}

type Deal = Extract<OrderRequest, { kind: 'deal' }>;
type Stops = Extract<OrderRequest, { kind: 'stops' }>;

/** An order at market without a position. */
export function market(direction: Direction, volume: number, fields: Partial<Deal> = {}): Deal {
  return {
    kind: 'deal',
    symbol: SYMBOL,
    direction,
    volume,
    position: null,
    price: null,
    deviation: 0,
    stopLoss: null,
    takeProfit: null,
    magicNumber: 7n,
    comment: '',
    ...fields,
  };
}

/** An order that closes `volume` of a position. */
export function close(position: BrokerPosition, volume = position.volume, fields: Partial<Deal> = {}): Deal {
  const direction = position.direction === 'BUY' ? 'SELL' : 'BUY';
  return market(direction, volume, { position: position.ticket, symbol: position.symbol, ...fields });
}

export function stops(position: BrokerPosition, stopLoss: number | null, fields: Partial<Stops> = {}): Stops {
  const { ticket, symbol, takeProfit, magicNumber } = position;
  return {
    kind: 'stops',
    symbol,
    position: ticket,
    stopLoss,
    takeProfit,
    magicNumber,
    comment: '',
    ...fields,
  };
}

/** The broker's only open position; an error when there is another number of them. */
export function only(broker: PaperBroker) {
  const [position, ...more] = broker.positions();
  if (position === undefined || more.length > 0) throw new Error(`${broker.positions().length} positions`);
  return position;
}

/** A bid bar with its ask half above it. */
export function bar(time: number, open: number, high: number, low: number, last: number, spread = 0.5) {
  const ask = { open: open + spread, high: high + spread, low: low + spread, close: last + spread };
  return { bar: { time, open, high, low, close: last, volume: 0 }, ask };
}
