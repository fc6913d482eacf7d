// Owns how each state looks: a name, a letter, a shape and a colour, so that none is told by colour alone.
export interface StateLook {
  /** As in the protos. */
  readonly state: string;
  readonly name: string;
  readonly letter: string;
  /** The colour's token. */
  readonly color: string;
  /** How near a trade in it is to harm: higher is worse. */
  readonly danger: number;
  /** An outline within 16 by 16. */
  readonly shape: string;
}

const UNKNOWN_LOOK: StateLook = {
  state: 'TRADE_STATE_UNSPECIFIED',
  name: 'Unknown',
  letter: '?',
  color: '--state-closed',
  danger: -1,
  shape: 'M3 3h10v10h-10z',
};

/** In the order of the ladder. */
export const STATES: readonly StateLook[] = [
  {
    state: 'TRADE_STATE_HEALTHY',
    name: 'Healthy',
    letter: 'H',
    color: '--state-healthy',
    danger: 1,
    shape: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0 -12z',
  },
  {
    state: 'TRADE_STATE_WARNING_L1',
    name: 'Warning 1',
    letter: '1',
    color: '--state-warning-l1',
    danger: 2,
    shape: 'M8 2l7 12h-14z',
  },
  {
    state: 'TRADE_STATE_WARNING_L2',
    name: 'Warning 2',
    letter: '2',
    color: '--state-warning-l2',
    danger: 4,
    shape: 'M8 1l7 7l-7 7l-7 -7z',
  },
  {
    state: 'TRADE_STATE_HEDGED',
    name: 'Hedged',
    letter: 'X',
    color: '--state-hedged',
    danger: 5,
    shape: 'M2 2h12v12h-12z',
  },
  {
    state: 'TRADE_STATE_RECOVERING',
    name: 'Recovering',
    letter: 'R',
    color: '--state-recovering',
    danger: 3,
    shape: 'M8 1.5l6.5 5v8h-13v-8z',
  },
  {
    state: 'TRADE_STATE_CLOSED',
    name: 'Closed',
    letter: 'C',
    color: '--state-closed',
    danger: 0,
    shape: 'M2 6h12v4h-12z',
  },
];

/** What is shown of a trade that counts as healthy and that nothing watches: never green. */
export const NOT_WATCHED: StateLook = {
  state: 'NOT_WATCHED',
  name: 'Not watched',
  letter: 'N',
  color: '--state-closed',
  danger: 1.5,
  shape: 'M8 1a7 7 0 1 0 0 14a7 7 0 1 0 0 -14zM8 5a3 3 0 1 1 0 6a3 3 0 1 1 0 -6z',
};

/** What is shown of a healthy trade whose policy only observes it, or may: nothing is done for it. */
export const NOT_DEFENDED: StateLook = {
  state: 'NOT_DEFENDED',
  name: 'Not defended',
  letter: 'O',
  color: '--state-closed',
  danger: 1.6,
  shape: 'M8 1a7 7 0 1 0 0 14a7 7 0 1 0 0 -14zM3.5 6.5h9v3h-9z',
};

/** What is shown of a trade that is to be hedged and has no hedge, nor one on its way. */
export const NOT_HEDGED: StateLook = {
  state: 'NOT_HEDGED',
  name: 'Not hedged',
  letter: 'H',
  color: '--state-hedged',
  danger: 5.5,
  shape: 'M2 2h12v12h-12zM4 4v8h8v-8z',
};

/** What the log tells of a trade that counted as healthy: whether anything watched it then is not in the log. */
export const HEALTHY_OR_NOT: StateLook = { ...NOT_WATCHED, name: 'Healthy or not watched' };

/** Those a trade can be in while it is open. */
export const OPEN_STATES: readonly StateLook[] = STATES.filter(({ danger }) => danger > 0);

/** What the fleet tells apart: closed ones last. */
export const SHOWN_STATES: readonly StateLook[] = [
  ...OPEN_STATES,
  NOT_HEDGED,
  NOT_WATCHED,
  NOT_DEFENDED,
  ...STATES.filter(({ danger }) => danger === 0),
];

const BY_STATE: ReadonlyMap<string, StateLook> = new Map(SHOWN_STATES.map((look) => [look.state, look]));

export function lookOf(state: string): StateLook {
  return BY_STATE.get(state) ?? UNKNOWN_LOOK;
}
