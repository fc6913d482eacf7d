// Owns the package export `dtms/client`: the client, its errors, and the generated messages and stubs.

export * from '../../gen/ts/dtms/v1/access.js';
export * from '../../gen/ts/dtms/v1/account_service.js';
export * from '../../gen/ts/dtms/v1/action_service.js';
export * from '../../gen/ts/dtms/v1/error_reason.js';
export * from '../../gen/ts/dtms/v1/event.js';
export * from '../../gen/ts/dtms/v1/market_data_service.js';
export * from '../../gen/ts/dtms/v1/notice_service.js';
export * from '../../gen/ts/dtms/v1/ownership_service.js';
export * from '../../gen/ts/dtms/v1/policy_service.js';
export * from '../../gen/ts/dtms/v1/results.js';
export * from '../../gen/ts/dtms/v1/system_service.js';
export * from '../../gen/ts/dtms/v1/trade_service.js';
export * from '../../gen/ts/dtms/v1/types.js';
export { type BreakerOptions, CircuitOpenError } from './breaker.js';
export type { CallOptions, MessageInit, Unary } from './call.js';
export { DtmsClient } from './client.js';
export type { ConnectionState } from './connection-state.js';
export { Defence, type DefenceOptions, type DefenceSource } from './defence.js';
export type {
  AnswerSource,
  DefensiveAnswer,
  Modification,
  PermissionAnswer,
  Provenance,
} from './defence-rules.js';
export {
  DtmsCallError,
  hasReason,
  isCompacted,
  isEpochChanged,
  isTransient,
  isUnavailable,
  mayBeMade,
} from './errors.js';
export type { ApiKey, CallHeaders } from './headers.js';
export type { ClientInterceptor, OutgoingCall } from './hooks.js';
export { isLeaseLost, Lease, type LeaseCalls, type LeaseOptions } from './lease-loop.js';
export type { CallKind, DtmsClientOptions } from './options.js';
export { tracingInterceptor } from './tracing.js';
export type { WatchMessage, WatchOptions } from './watch.js';
