// Owns the feature flags by name: what each switches, and what it may be targeted by. One table, from which the file's check,
// the engine, the list and the guide go.

/** What a flag may be targeted by, beside the build of the server that leads. */
export type FlagSubject = 'account' | 'symbol' | 'method';

export interface FlagSpec {
  /** What is in force while it is on, and what stops while it is off, for a person. */
  readonly means: string;
  readonly subjects: readonly FlagSubject[];
  /** Whether trades are defended less while it is off. */
  readonly defends: 'yes' | 'no';
}

const action = (what: string): FlagSpec => ({
  means: `DTMS ${what}; off: only when a person or a rail orders it`,
  subjects: ['account', 'symbol'],
  defends: 'yes',
});

const signal = (what: string): FlagSpec => ({
  means: `${what} counts in the score; off: it contributes 0`,
  subjects: ['symbol'],
  defends: 'yes',
});

const FLAG_TABLE = {
  enforce: {
    means: 'DTMS sends its orders; off: it decides and records, and sends nothing',
    subjects: ['account'],
    defends: 'yes',
  },
  'adopt-external': {
    means: 'positions nobody registered become trades; off: they stay undefended, with an alarm',
    subjects: ['account', 'symbol'],
    defends: 'yes',
  },
  'legacy-routes': {
    means: 'the routes of the first system are answered; off: 404',
    subjects: ['method'],
    defends: 'no',
  },
  rest: {
    means: 'REST is answered; off: 404, except what switches it on again',
    subjects: ['method'],
    defends: 'no',
  },
  'action.TIGHTEN_SL': action('tightens stops'),
  'action.TRAIL_SL': action('trails stops'),
  'action.MOVE_SL_BREAKEVEN': action('moves stops to breakeven'),
  'action.PARTIAL_CLOSE': action('closes parts of positions'),
  'action.OPEN_HEDGE': action('opens hedges'),
  'action.CLOSE_HEDGE': action('closes hedges'),
  'action.CLOSE_ALL': action('closes positions'),
  'action.RE_ADD': action('adds volume back'),
  'signal.STRUCTURE': signal('structure'),
  'signal.VWAP_VOLUME': signal('VWAP with volume'),
  'signal.MOMENTUM': signal('momentum'),
  'signal.EMA_ALIGNMENT': signal('how the moving averages (EMA) align'),
  'signal.DELTA_PRESSURE': signal('order flow'),
  'signal.CANDLE_CONVICTION': signal('the conviction of the last candle'),
} as const satisfies Readonly<Record<string, FlagSpec>>;

export type FlagName = keyof typeof FLAG_TABLE;
export const FLAGS: Readonly<Record<FlagName, FlagSpec>> = FLAG_TABLE;
export const FLAG_NAMES = Object.keys(FLAG_TABLE) as readonly FlagName[];

export function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(FLAG_TABLE, name);
}

/** What a flag is asked about; what is absent is not known, or does not matter. */
export interface FlagContext {
  readonly account?: string;
  readonly symbol?: string;
  readonly method?: string;
  /** The version of the server that leads. */
  readonly build: string;
}

/** OpenFeature's words for why a flag is what it is. */
export const FLAG_REASONS = ['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'ERROR'] as const;
export type FlagReason = (typeof FLAG_REASONS)[number];

/** What a flag is somewhere, and why. */
export interface FlagDecision {
  readonly flag: FlagName;
  readonly variant: string;
  readonly reason: FlagReason;
  /** Who set it and why, where a person did; else empty. */
  readonly note: string;
}

/** The same with its value. */
export interface FlagEvaluation extends FlagDecision {
  readonly value: boolean;
}

/** A decision in words, such as: flag enforce is off (TARGETING_MATCH), set by ops: maintenance. */
export function decisionText({ flag, variant, reason, note }: FlagDecision): string {
  return `flag ${flag} is ${variant} (${reason})${note === '' ? '' : `, ${note}`}`;
}
