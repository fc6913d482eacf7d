// A market that rises, turns and falls, for whoever needs a trade that goes wrong: at fixed times, so that
// the same rules always decide the same.

import type { Bar } from '../../src/domain/market/data.js';
import type { Direction } from '../../src/domain/market/direction.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import { type Leg, scriptedBars } from './bar-script.js';
import { type Entry, Rig, type RigOptions } from './rig.js';

const START = Date.UTC(2025, 5, 2);
const RISE: Leg = { bars: 300, to: 103, swing: 1.5, period: 36 };
/** The bar at whose open trades are opened. */
const OPENED = 298;

/** A fall goes through the warnings into the hedge at once, and only its end is the end. */
export const EAGER: Rules = {
  ...DEFAULT_RULES,
  states: {
    ...DEFAULT_RULES.states,
    l1Score: -0.1,
    l2Score: -0.2,
    hedgeScore: -0.3,
    l1ClearScore: 50,
    l2ClearScore: 50,
  },
  // Far enough behind the price that the fall does not end the trade at once.
  actions: { ...DEFAULT_RULES.actions, fallbackStopAtr: 12 },
};

/** Prices on the other side of a mirror: what favoured a BUY favours a SELL. */
function mirrored({ time, open, high, low, close, volume }: Bar): Bar {
  const flip = (price: number): number => Math.round((200 - price) * 100) / 100;
  return { time, open: flip(open), high: flip(low), low: flip(high), close: flip(close), volume };
}

export interface FallOptions extends RigOptions {
  readonly direction?: Direction;
  /** How the trades differ from one of 1 lot with its stop 23 away; one trade when absent. */
  readonly entries?: readonly Partial<Entry>[];
  /** Bars after the trades are opened; the first two still rise. */
  readonly bars?: number;
  readonly legs?: readonly Leg[];
  readonly bridge?: 'works' | 'is away';
  /** Before each bar, those before the trades included. */
  readonly before?: (rig: Rig, bar: Bar) => Promise<void> | void;
}

/** Plays the market against trades that it turns on. */
export async function fall(options: FallOptions = {}): Promise<Rig> {
  const { direction = 'BUY', entries = [{}], bars = 9, bridge = 'works', before } = options;
  const legs = options.legs ?? [{ bars: 40, to: 95 }];
  const rig = await Rig.start({ rules: EAGER, ...options });
  const script = scriptedBars(START, 100, [RISE, ...legs]);
  const market = direction === 'BUY' ? script : script.map(mirrored);
  for (const bar of market.slice(0, OPENED)) {
    await before?.(rig, bar);
    await rig.bar(bar, 'M5', 'is away');
  }
  const [first] = market.slice(OPENED);
  if (first === undefined) throw new Error('there are too few bars');
  rig.now = first.time;
  rig.quote(first.open);
  for (const [index, entry] of entries.entries()) {
    const stopLoss = direction === 'BUY' ? 80 : 120;
    await rig.enter({ ticket: BigInt(index + 1), direction, entryPrice: first.open, stopLoss, ...entry });
  }
  for (const bar of market.slice(OPENED, OPENED + bars)) {
    await before?.(rig, bar);
    await rig.bar(bar, 'M5', bridge);
  }
  return rig;
}
