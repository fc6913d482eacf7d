// Owns the shapes a market view takes and gives: what became of a bar, and the view's snapshot.

import type { Bar, OrderFlow, Quote, Timeframe } from '../market/data.js';
import type { SketchSnapshot } from '../market/spread-sketch.js';
import type { AdmissionSnapshot } from './admission.js';
import type { ScheduleSnapshot } from './check-schedule.js';
import type { EvaluationsSnapshot } from './recorded-evaluations.js';
import type { IndicatorsSnapshot } from './view-indicators.js';

/** A bar and its timeframe. */
export interface TimedBar {
  readonly timeframe: Timeframe;
  readonly bar: Bar;
}

/** What became of a bar. */
export interface BarOutcome {
  readonly status: 'accepted' | 'duplicate' | 'corrected' | 'ignored' | 'forming';
  /** Why, when it was ignored. */
  readonly reason: string | null;
  /** Market time of the bar's close. */
  readonly at: number;
  /** A new fine bar closed at the head, so not a late one. */
  readonly fineClosed: boolean;
  /** A new coarse bar closed at the head. */
  readonly coarseClosed: boolean;
  /** Closed bars to persist, new or corrected: the given one and those made from it. */
  readonly stored: readonly TimedBar[];
}

/** Everything of a view that its stored bars do not tell, as plain JSON data. */
export interface ViewSnapshot {
  readonly indicators: IndicatorsSnapshot;
  readonly evaluations: EvaluationsSnapshot;
  readonly schedule: ScheduleSnapshot;
  readonly spreads: SketchSnapshot;
  readonly orderFlow: readonly OrderFlow[];
  readonly quote: Quote | null;
  readonly forming: TimedBar | null;
  /** Close time of the newest bar. */
  readonly head: number | null;
  /** Time of the quote whose spread was sampled last. */
  readonly sampledAt: number | null;
  readonly corrections: number;
  readonly admission: AdmissionSnapshot;
}
