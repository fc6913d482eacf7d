// Owns the package export `dtms/bridge`: a bridge for any broker, which needs one adapter, and the paper broker as one.

export { PaperBroker } from '../broker/paper-broker.js';
export { PaperTerminal, type PaperTerminalOptions } from '../broker/paper-terminal.js';
export { type PaperSetup, paperBrokerOf } from '../broker/setup.js';
export {
  closingDeal,
  type DealRequest,
  type DealsAnswer,
  type MarginMode,
  type OrderRequest,
  type OrderResult,
  openingDeal,
  type PositionsAnswer,
  type StopsRequest,
  type Terminal,
  type TerminalAccount,
  untraded,
} from '../broker/terminal.js';
export { plainInstrument } from '../broker/terms.js';
export { RETURN_CODES, type ReturnCode } from '../domain/actions/result-codes.js';
export type { BrokerDeal, BrokerPosition } from '../domain/broker/snapshot.js';
export type { Instrument } from '../domain/market/data.js';
export { Bridge, type BridgeOptions } from './bridge.js';
export { type RunBridgeOptions, runBridge } from './run-bridge.js';
