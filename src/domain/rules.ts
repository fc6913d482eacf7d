// Owns every number the engine decides by, as data with its default. Configuration may override any of them;
// nothing in src/domain reads a number of the rules from anywhere else.
import type { MarketStructure, Session, Volatility } from './market/data.js';
import { DEFAULT_EXPOSURE, type ExposureRules } from './market/exposure-rules.js';
import { DEFAULT_SYMBOLS, type SymbolRules } from './market/symbols.js';
import type { Policy } from './policy/policy.js';
import { SIGNAL_CAPS, type Signal } from './signals/signal.js';

const MINUTE = 60_000;

export interface Rules {
  readonly indicators: {
    readonly rsiPeriod: number;
    readonly atrPeriod: number;
    readonly emaFast: number;
    readonly emaSlow: number;
    /** Coarse bars over which an EMA's slope is taken. */
    readonly emaSlopeBars: number;
    readonly macd: { readonly fast: number; readonly slow: number; readonly signal: number };
    readonly bollinger: { readonly period: number; readonly deviations: number };
    /** Fine bars over which the VWAP's slope is taken. */
    readonly vwapSlopeBars: number;
    /** Order-flow windows the delta is standardised by. */
    readonly deltaWindows: number;
    /** Coarse bars the ATR is averaged over for the volatility regime. */
    readonly atrAverage: number;
    /** A close must pass a swing by this share of the level to break it. */
    readonly breakMargin: number;
    readonly spreadDays: number;
  };
  readonly regime: {
    readonly lowVolatility: number;
    readonly highVolatility: number;
    /** Bollinger width below which the market ranges. */
    readonly rangeWidth: number;
    readonly vwapBase: Readonly<Record<string, number>>;
    readonly vwapBaseDefault: number;
    readonly vwapSession: Readonly<Record<Session, number>>;
    readonly vwapVolatility: Readonly<Record<Volatility, number>>;
    readonly vwapStructure: Readonly<Record<MarketStructure, number>>;
    /** The adaptive VWAP threshold stays within these multiples of its base. */
    readonly vwapClamp: readonly [number, number];
    readonly rsiThreshold: Readonly<Record<Volatility, number>>;
    /** Share of opposite volume that is a volume flip. */
    readonly volumeFlip: Readonly<Record<Volatility, number>>;
    readonly multipliers: {
      readonly range: Readonly<Partial<Record<Signal, number>>>;
      readonly highVolatility: Readonly<Partial<Record<Signal, number>>>;
      /** All signals, in the Asian session (and off hours). */
      readonly asian: number;
    };
  };
  readonly signals: {
    readonly caps: Readonly<Record<Signal, number>>;
    /** Coarse bars a structure event is held. */
    readonly structureHoldBars: number;
    /** Share of the contributing weight that makes a confluence. */
    readonly confluence: number;
    readonly deltaZ: number;
    /** Opposite volume share above this is -1; above `mild`, -0.5; below `low`, +1. */
    readonly volumeShare: { readonly high: number; readonly mild: number; readonly low: number };
    readonly rsiExhausted: number;
    readonly candle: { readonly body: number; readonly rangeAtr: number };
  };
  readonly states: {
    readonly l1Score: number;
    readonly l1ClearScore: number;
    readonly l2Score: number;
    readonly l2ClearScore: number;
    readonly hedgeScore: number;
    readonly recoverScore: number;
    readonly flatTimerMs: number;
    readonly recoveryTimerMs: number;
    readonly warningDecayMs: number;
  };
  readonly schedule: {
    /** Monitoring starts at this gain or loss in R, or at this age. */
    readonly monitorGainR: number;
    readonly monitorLossR: number;
    readonly monitorAgeMs: number;
    readonly fastMs: number;
    readonly fastHighVolatilityMs: number;
    readonly fastRangeMs: number;
    readonly fastHedgedMs: number;
    /** A relative price move since the last deep check that triggers another. */
    readonly deepMove: number;
    readonly deepCooldownMs: number;
    /** Data older than its bar's length plus this is stale while the market is open. */
    readonly staleMs: number;
  };
  readonly actions: {
    readonly mode: 'enforce' | 'observe';
    /** What an account begins with when a broker's bridge reports it for the first time. */
    readonly newAccounts: 'enforce' | 'observe';
    /** TIGHTEN_SL: distance behind the price, in R. */
    readonly tightenR: number;
    readonly partialClose: number;
    readonly partialCloseBelowMinimum: 'skip' | 'close_all';
    readonly hedgeRatio: number;
    readonly hedgeStopAtr: number;
    /** Where breakeven is not legal: distance of the stop behind the price, in coarse ATRs. */
    readonly fallbackStopAtr: number;
    readonly reAdd: number;
    /** R of a trade without a stop, in coarse ATRs. */
    readonly estimatedRiskAtr: number;
    /** A stop that moves by less than this share of R is not worth an order. */
    readonly minimumStepR: number;
    readonly minimumIntervalMs: number;
    readonly spreadLimit: number;
    readonly newsBeforeMs: number;
    readonly newsAfterMs: number;
    /** At most this many actions are open per trade; older ones of the same kind are replaced. */
    readonly maximumOpen: number;
    /** How long a bridge has an action when it does not say, database time. */
    readonly leaseMs: number;
    /** Refusals that pass: after this many attempts the action is DEAD. */
    readonly maximumAttempts: number;
    /** The first and the longest wait before another attempt; it doubles in between. */
    readonly retryMs: readonly [number, number];
    /** How long to wait when the market is closed. */
    readonly marketClosedMs: number;
    /** A RE_ADD older than this is not worth doing any more, market time. */
    readonly reAddMaximumAgeMs: number;
    /** An action nobody took for this long is DEAD, by the database's clock. */
    readonly abandonedMs: number;
    /** In doubt: the alarm sounds after this. */
    readonly doubtAlarmMs: number;
    /** In doubt: a snapshot shows that nothing was done when it is this much younger than the attempt. */
    readonly doubtQuietMs: number;
    /** A bridge whose heartbeat is older than this gets no work. */
    readonly heartbeatMaximumAgeMs: number;
    /** So many refused stops in a row close the trade; 0 never does. */
    readonly emergencyCloseAfter: number;
  };
  /** Who may change a stop, target or volume; see ownership.ts. A higher number has priority. */
  readonly ownership: {
    /** dtms_manager while it defends a trade, and else. No manager may reach the first. */
    readonly dtmsDefensive: number;
    readonly dtmsOtherwise: number;
    /** The registered managers that ask for modifications; 100 is the usual priority. */
    readonly managers: Readonly<Record<string, number>>;
    /** How long a modification lease lasts when a manager does not say, database time. */
    readonly leaseMs: number;
    /** A manager that asks for longer gets this. */
    readonly maximumLeaseMs: number;
  };
  /** Limits to an account's losses; a tripped rail forbids what adds risk. */
  readonly rails: {
    /** Shares of the equity that the broker's day, or hour, began with. */
    readonly dailyLoss: number;
    readonly hourlyLoss: number;
    /** Stops in a row. */
    readonly stopStreak: number;
    /** A share of the equity the broker's day began with: when so much is earned, it is enough. 0 is none. */
    readonly dailyProfit: number;
    /** What a loss beyond its limit does once it is sure: see account/rails.ts. */
    readonly onTrip: 'reduce' | 'flatten' | 'halt';
    /** It is sure when heartbeats have shown it for so long, on the database's clock; until then it reduces. */
    readonly sureAfterMs: number;
    /** How long these two hold; the daily one holds until the broker's next day. */
    readonly hourlyCooldownMs: number;
    readonly streakCooldownMs: number;
  };
  readonly exposure: ExposureRules;
  /** When effects on many trades at once are held for a person; see engine/circuit-breaker.ts. */
  readonly breaker: {
    /** Within this time, database time. */
    readonly windowMs: number;
    /** More than this share of an account's active trades, and at least so many; 1 never holds. */
    readonly accountShare: number;
    readonly accountLeast: number;
    /** The same of all active trades. */
    readonly allShare: number;
    readonly allLeast: number;
    /** What is held goes on by itself after this time; 0 waits for a person. */
    readonly goOnAfterMs: number;
  };
  readonly reconciliation: {
    /** Whether positions that only the broker knows become trades. */
    readonly registerExternal: boolean;
    /** How far the broker's clock and the database's may be apart. */
    readonly clockSkewMs: number;
    /** A position is gone when a complete snapshot misses it this long after the first, on the database's clock. */
    readonly goneAfterMs: number;
  };
  /** Contract terms where an account has told none. */
  readonly instrument: {
    readonly digits: number;
    readonly tickSize: number;
    readonly volumeMin: number;
    readonly volumeStep: number;
    readonly volumeMax: number;
    readonly stopsLevel: number;
    readonly freezeLevel: number;
    readonly contractSize: number;
    readonly commissionPerLot: number;
  };
  /** Accounts that are not hedging accounts without the FIFO rule. */
  readonly accounts: Readonly<
    Record<string, { readonly marginMode: 'hedging' | 'netting'; readonly fifo: boolean }>
  >;
  readonly symbols: SymbolRules;
  readonly feeds: {
    /** Feeds that run on their own clock unless they are declared otherwise: names, or beginnings followed by `*`. */
    readonly recorded: readonly string[];
    /** How far a caller's clock may run before the database's. */
    readonly maximumAheadMs: number;
    /** How many feeds there may be, and of these how many one key makes. */
    readonly maximum: number;
    readonly maximumPerKey: number;
    /** Symbols with data, in all and of one feed. */
    readonly maximumMarkets: number;
    readonly maximumMarketsPerFeed: number;
    /** Contract terms, in all and of one account. */
    readonly maximumInstruments: number;
    readonly maximumInstrumentsPerAccount: number;
    /** News events. */
    readonly maximumNews: number;
  };
  /** What market data is believed at once; see views/admission.ts. */
  readonly plausibility: {
    /** A price is held that lies further outside those before it than so many ATRs, times the root of the time between; 0 holds none. */
    readonly heldBeyondAtrs: number;
    /** Old data of a live feed is held that leaves out so much market time, in ms; 0 holds none. */
    readonly maximumJumpMs: number;
  };
  /** Bars kept per timeframe for late and corrected bars. */
  readonly retainedBars: number;
  /** The policy whose trades are decided by these; absent in the settings, which are the documented plan's. */
  readonly policy?: Policy;
}

export const DEFAULT_RULES: Rules = {
  indicators: {
    rsiPeriod: 14,
    atrPeriod: 14,
    emaFast: 50,
    emaSlow: 200,
    emaSlopeBars: 10,
    macd: { fast: 12, slow: 26, signal: 9 },
    bollinger: { period: 20, deviations: 2 },
    vwapSlopeBars: 3,
    deltaWindows: 20,
    atrAverage: 20,
    breakMargin: 0.0003,
    spreadDays: 30,
  },
  regime: {
    lowVolatility: 0.7,
    highVolatility: 1.3,
    rangeWidth: 0.004,
    vwapBase: {
      XAUUSD: 0.001,
      BTCUSD: 0.002,
      BTCUSDT: 0.002,
      EURUSD: 0.0005,
      GBPUSD: 0.0005,
      USDJPY: 0.0007,
      GBPJPY: 0.0007,
      EURJPY: 0.0007,
    },
    vwapBaseDefault: 0.001,
    vwapSession: { ASIAN: 1.5, OFF_HOURS: 1.5, LONDON: 1.0, NEW_YORK: 0.8, OVERLAP: 0.7 },
    vwapVolatility: { LOW: 1.4, NORMAL: 1.0, HIGH: 0.8 },
    vwapStructure: { RANGE: 1.3, TREND: 1.0 },
    vwapClamp: [0.5, 1.8],
    rsiThreshold: { LOW: 40, NORMAL: 45, HIGH: 45 },
    volumeFlip: { LOW: 0.72, NORMAL: 0.65, HIGH: 0.65 },
    multipliers: {
      range: {
        STRUCTURE: 0.7,
        VWAP_VOLUME: 1.3,
        EMA_ALIGNMENT: 0.8,
        DELTA_PRESSURE: 1.2,
        CANDLE_CONVICTION: 1.1,
      },
      highVolatility: {
        STRUCTURE: 1.2,
        VWAP_VOLUME: 0.9,
        MOMENTUM: 0.8,
        DELTA_PRESSURE: 1.1,
        CANDLE_CONVICTION: 0.9,
      },
      asian: 0.8,
    },
  },
  signals: {
    caps: SIGNAL_CAPS,
    structureHoldBars: 8,
    confluence: 0.7,
    deltaZ: 0.5,
    volumeShare: { high: 0.65, mild: 0.55, low: 0.35 },
    rsiExhausted: 70,
    candle: { body: 0.65, rangeAtr: 0.8 },
  },
  states: {
    l1Score: -2,
    l1ClearScore: 0,
    l2Score: -4,
    l2ClearScore: -2,
    hedgeScore: -6,
    recoverScore: 1,
    flatTimerMs: 75 * MINUTE,
    recoveryTimerMs: 30 * MINUTE,
    warningDecayMs: 30 * MINUTE,
  },
  schedule: {
    monitorGainR: 0.2,
    monitorLossR: 0.5,
    monitorAgeMs: 15 * MINUTE,
    fastMs: 30_000,
    fastHighVolatilityMs: 15_000,
    fastRangeMs: 60_000,
    fastHedgedMs: 60_000,
    deepMove: 0.002,
    deepCooldownMs: 10 * MINUTE,
    staleMs: 5 * MINUTE,
  },
  actions: {
    mode: 'enforce',
    newAccounts: 'enforce',
    tightenR: 0.3,
    partialClose: 0.5,
    partialCloseBelowMinimum: 'skip',
    hedgeRatio: 1.0,
    hedgeStopAtr: 2,
    fallbackStopAtr: 0.5,
    reAdd: 0.5,
    estimatedRiskAtr: 1.5,
    minimumStepR: 0.02,
    minimumIntervalMs: 30_000,
    spreadLimit: 2,
    newsBeforeMs: 30 * MINUTE,
    newsAfterMs: 15 * MINUTE,
    maximumOpen: 16,
    leaseMs: 30_000,
    maximumAttempts: 5,
    retryMs: [1000, 60_000],
    marketClosedMs: MINUTE,
    reAddMaximumAgeMs: 15 * MINUTE,
    abandonedMs: 7 * 24 * 60 * MINUTE,
    doubtAlarmMs: 5 * MINUTE,
    doubtQuietMs: MINUTE,
    heartbeatMaximumAgeMs: 30_000,
    emergencyCloseAfter: 3,
  },
  ownership: {
    dtmsDefensive: 400,
    dtmsOtherwise: 200,
    managers: { universal_sl_tp_manager: 300, intelligent_exit_manager: 100 },
    leaseMs: 5000,
    maximumLeaseMs: 30_000,
  },
  rails: {
    dailyLoss: 0.02,
    hourlyLoss: 0.01,
    stopStreak: 3,
    dailyProfit: 0,
    onTrip: 'reduce',
    sureAfterMs: MINUTE / 2,
    hourlyCooldownMs: 60 * MINUTE,
    streakCooldownMs: 60 * MINUTE,
  },
  exposure: DEFAULT_EXPOSURE,
  breaker: {
    windowMs: MINUTE,
    accountShare: 0.5,
    accountLeast: 3,
    allShare: 0.5,
    allLeast: 10,
    goOnAfterMs: 0,
  },
  reconciliation: { registerExternal: true, clockSkewMs: 5000, goneAfterMs: 3000 },
  instrument: {
    digits: 5,
    tickSize: 0.00001,
    volumeMin: 0.01,
    volumeStep: 0.01,
    volumeMax: 1000,
    stopsLevel: 0,
    freezeLevel: 0,
    contractSize: 1,
    commissionPerLot: 0,
  },
  accounts: {},
  symbols: DEFAULT_SYMBOLS,
  feeds: {
    recorded: ['replay-*', 'demo-*', 'paper*'],
    maximumAheadMs: 5000,
    maximum: 1000,
    maximumPerKey: 200,
    maximumMarkets: 5000,
    maximumMarketsPerFeed: 2000,
    maximumInstruments: 50_000,
    maximumInstrumentsPerAccount: 10_000,
    maximumNews: 20_000,
  },
  plausibility: { heldBeyondAtrs: 5, maximumJumpMs: 30 * MINUTE },
  retainedBars: 1000,
};
