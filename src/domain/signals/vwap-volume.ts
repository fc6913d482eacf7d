// Owns the VWAP and volume signal: on which side of a moving VWAP the market closes, and who trades more.

import { type Direction, favourable } from '../market/direction.js';
import { fixed } from '../number-text.js';
import type { Rules } from '../rules.js';
import type { Features } from './features.js';
import type { Regime } from './regime.js';
import { type SignalRule, unavailable, verdict } from './verdict.js';

/** Consecutive closes on one side of the VWAP that make a flip. */
const FLIP_CLOSES = 2;

/** 1 when the market has flipped above its VWAP, -1 below, 0 when neither; NaN without VWAP or slope. */
export function vwapFlip(features: Features, regime: Regime): number {
  const { vwapSlope, vwapRun } = features;
  if (features.stale || Number.isNaN(vwapSlope)) return Number.NaN;
  if (Math.abs(vwapSlope) < regime.vwapThreshold || Math.abs(vwapRun) < FLIP_CLOSES) return 0;
  return Math.sign(vwapRun);
}

/** Share of the volume that traded against the direction; NaN without order flow. */
function oppositeShare(features: Features, direction: Direction): number {
  const flow = features.orderFlow;
  if (flow === null) return Number.NaN;
  const opposite = direction === 'BUY' ? flow.sellVolume : flow.buyVolume;
  return opposite / (flow.buyVolume + flow.sellVolume);
}

/** VWAP flip and volume flip, both against the direction. */
export function vwapVolumeFlipAgainst(features: Features, direction: Direction, regime: Regime): boolean {
  return (
    vwapFlip(features, regime) === -favourable(direction) &&
    oppositeShare(features, direction) > regime.volumeFlip
  );
}

function sharePoints(share: number, rules: Rules): number {
  const { high, mild, low } = rules.signals.volumeShare;
  if (share > high) return -1;
  if (share > mild) return -0.5;
  return share < low ? 1 : 0;
}

const NEITHER = unavailable('no VWAP slope and no order flow');
const FLIPPED = {
  with: 'VWAP flip with the trade',
  against: 'VWAP flip against the trade',
  none: 'no VWAP flip',
};

export const vwapVolume: SignalRule = (features, direction, regime, rules) => {
  const flip = vwapFlip(features, regime);
  const share = oppositeShare(features, direction);
  const noFlip = Number.isNaN(flip);
  const noShare = Number.isNaN(share);
  if (noFlip && noShare) return NEITHER;
  const favour = noFlip ? 0 : flip * favourable(direction);
  const flipPoints = favour < 0 ? -2 : favour > 0 ? 1 : 0;
  const flipText = noFlip ? 'no VWAP slope' : FLIPPED[favour < 0 ? 'against' : favour > 0 ? 'with' : 'none'];
  if (noShare) return verdict(flipPoints, `${flipText}; no order flow`);
  return verdict(
    flipPoints + sharePoints(share, rules),
    `${flipText}; ${fixed(share * 100, 0)}% of the volume is opposite`,
  );
};
