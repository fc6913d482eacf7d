// Owns the six states of a trade by name, and why it leaves one.

export const STATES = ['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED'] as const;
export type State = (typeof STATES)[number];

/** The states of a trade that is not closed. */
export const OPEN_STATES = STATES.filter((state) => state !== 'CLOSED');

export type TransitionCause =
  | 'SCORE'
  | 'FLAT_TIMER'
  | 'RECOVERY_TIMER'
  | 'VWAP_VOLUME_FLIP'
  | 'BREAK_OF_STRUCTURE'
  | 'CHANGE_OF_CHARACTER'
  | 'HEDGE_GONE'
  | 'BROKER_CLOSED'
  | 'REQUESTED';

export const CLOSE_REASONS = [
  'REQUESTED',
  'STOP_LOSS',
  'TAKE_PROFIT',
  'BROKER_GONE',
  'DEFENSIVE',
  'EXPIRED',
] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

export type MonitoringTrigger = 'PROFIT' | 'AGE' | 'LOSS';
