// The package export `dtms/client`: the client, its errors, and the generated messages and stubs.

export * from '../../gen/ts/dtms/v1/error_reason.js';
export * from '../../gen/ts/dtms/v1/event.js';
export * from '../../gen/ts/dtms/v1/market_data_service.js';
export * from '../../gen/ts/dtms/v1/system_service.js';
export * from '../../gen/ts/dtms/v1/trade_service.js';
export * from '../../gen/ts/dtms/v1/types.js';
export type { CallOptions, MessageInit, Unary } from './call.js';
export { DtmsClient, type DtmsClientOptions } from './client.js';
export {
  DtmsCallError,
  hasReason,
  isCompacted,
  isEpochChanged,
  isTransient,
  isUnavailable,
} from './errors.js';
export type { WatchMessage, WatchOptions } from './watch.js';
