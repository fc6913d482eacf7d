// Owns the kinds of alarms: how soon a person must look, and which alert of config/prometheus watches the same. One
// table for the server's list, the command line and the dashboard; a test compares it with the rules.

export const ALARM_KINDS = [
  'DATABASE_AWAY',
  'NO_LEADER',
  'ACTION_IN_DOUBT_OVERDUE',
  'ACTIONS_HELD',
  'NO_BRIDGE',
  'DATA_STALE',
  'DATA_AHEAD',
  'RAIL_TRIPPED',
  'HALTED',
  'ACTIONS_UNSHOWN',
  'ACTION_IN_DOUBT',
  'POSITIONS_UNDEFENDED',
  'DEAD_LETTERS',
  'OBSERVING',
  'POLICY_OBSERVING',
  'SWITCHED_OFF',
  'EXPOSURE',
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** How soon somebody must look. */
export type AlarmUrgency = 'NOW' | 'TODAY';

export interface KindOfAlarm {
  readonly urgency: AlarmUrgency;
  /** The alert that watches the same; empty where none does. An alert waits longer, so that nobody is woken for a moment. */
  readonly alert: string;
  /** What to do, in one sentence. */
  readonly advice: string;
}

/** In the order in which they are listed. */
export const ALARMS: Readonly<Record<AlarmKind, KindOfAlarm>> = {
  DATABASE_AWAY: {
    urgency: 'NOW',
    alert: 'DtmsLogUnreadable',
    advice: 'Bring the database back; DTMS goes on by itself.',
  },
  NO_LEADER: {
    urgency: 'NOW',
    alert: 'DtmsNoLeader',
    advice: "The servers' logs say why none leads; a paused one may hold the lock.",
  },
  ACTION_IN_DOUBT_OVERDUE: {
    urgency: 'NOW',
    alert: 'DtmsActionInDoubtOverdue',
    advice: "Look at the broker's terminal, then say whether the order was carried out.",
  },
  ACTIONS_HELD: {
    urgency: 'NOW',
    alert: 'DtmsActionsHeld',
    advice: "Compare the market with the broker's own prices, then let them go on or give them up.",
  },
  NO_BRIDGE: {
    urgency: 'NOW',
    alert: 'DtmsNoBridge',
    advice: "Start the account's bridge, or mend what it says is in its way: until then no order is sent.",
  },
  DATA_STALE: {
    urgency: 'NOW',
    alert: 'DtmsMarketDataStale',
    advice: 'Start or mend what pushes the feed: until then nothing watches these trades.',
  },
  DATA_AHEAD: {
    urgency: 'NOW',
    alert: 'DtmsMarketDataAhead',
    advice: 'Set the clock or the time zone of what pushes the feed: what is dated ahead is refused.',
  },
  RAIL_TRIPPED: {
    urgency: 'NOW',
    alert: '',
    advice: 'Leave it until it ends, or set the account ACTIVE once you know why.',
  },
  HALTED: {
    urgency: 'NOW',
    alert: '',
    advice: 'Set the account ACTIVE when nobody watches it by hand any more.',
  },
  ACTIONS_UNSHOWN: {
    urgency: 'NOW',
    alert: 'DtmsActionsUnshown',
    advice: "See why the bridge sends no complete snapshot of the account's positions.",
  },
  ACTION_IN_DOUBT: {
    urgency: 'TODAY',
    alert: 'DtmsActionInDoubt',
    advice: "Reconciliation may settle it; to settle it now, look at the broker's terminal.",
  },
  POSITIONS_UNDEFENDED: {
    urgency: 'TODAY',
    alert: 'DtmsPositionsUndefended',
    advice: 'Look at each: close it by hand, or register it.',
  },
  DEAD_LETTERS: {
    urgency: 'TODAY',
    alert: 'DtmsDeadLetters',
    advice: 'See what the broker answered, then replay the action or leave it.',
  },
  OBSERVING: {
    urgency: 'TODAY',
    alert: '',
    advice: 'Let DTMS act when what it decides is what you want.',
  },
  POLICY_OBSERVING: {
    urgency: 'TODAY',
    alert: '',
    advice: 'Have the policy enforce, or give its trades another one, when they are to be defended.',
  },
  SWITCHED_OFF: {
    urgency: 'TODAY',
    alert: '',
    advice: 'Switch it on again once what it was switched off for is over.',
  },
  EXPOSURE: {
    urgency: 'TODAY',
    alert: '',
    advice: 'Close or hedge part of what is held together, or accept it: until then DTMS adds nothing back.',
  },
};
