// Owns the recent order-flow windows: the latest one and how unusual its delta is.
import { type OrderFlow, TIMEFRAME_MS } from './data.js';

export class OrderFlowWindows {
  readonly #size: number;
  readonly #staleMs: number;
  /** Oldest first; the last is the latest. */
  #windows: OrderFlow[] = [];
  #deltaZ: number | null = null;

  /** Deltas are standardised by `size` windows; a window is too old a coarse bar's length and `staleMs` after its end. */
  constructor(size: number, staleMs: number) {
    this.#size = size;
    this.#staleMs = staleMs + TIMEFRAME_MS.M15;
  }

  add(flow: OrderFlow): 'accepted' | 'duplicate' | 'late' {
    const latest = this.#windows[this.#windows.length - 1];
    if (latest !== undefined && flow.time <= latest.time) {
      if (flow.time < latest.time) return 'late';
      if (flow.buyVolume === latest.buyVolume && flow.sellVolume === latest.sellVolume) return 'duplicate';
      this.#windows.pop();
    }
    this.#windows.push(flow);
    if (this.#windows.length > this.#size + 1) this.#windows.shift();
    this.#deltaZ = this.#standardise();
    return 'accepted';
  }

  /** The latest window, unless it is too old at `at` or nothing was traded in it. */
  latest(at: number): OrderFlow | null {
    const latest = this.#windows[this.#windows.length - 1];
    if (latest === undefined || at - latest.time > this.#staleMs) return null;
    return latest.buyVolume + latest.sellVolume > 0 ? latest : null;
  }

  /**
   * (delta - mean) / sd of the latest window's delta (buy - sell volume), by mean and population
   * deviation of the windows before it. null with too few windows, without deviation, or too old.
   */
  deltaZ(at: number): number | null {
    const latest = this.#windows[this.#windows.length - 1];
    return latest === undefined || at - latest.time > this.#staleMs ? null : this.#deltaZ;
  }

  snapshot(): readonly OrderFlow[] {
    return [...this.#windows];
  }

  restore(windows: readonly OrderFlow[]): void {
    this.#windows = windows.slice(-(this.#size + 1));
    this.#deltaZ = this.#standardise();
  }

  #standardise(): number | null {
    if (this.#windows.length <= this.#size) return null;
    const deltas = this.#windows.map((window) => window.buyVolume - window.sellVolume);
    const latest = deltas.pop() ?? 0;
    let sum = 0;
    let largest = 0;
    for (const delta of deltas) {
      sum += delta;
      largest = Math.max(largest, Math.abs(delta));
    }
    const mean = sum / deltas.length;
    let squares = 0;
    for (const delta of deltas) squares += (delta - mean) ** 2;
    const deviation = Math.sqrt(squares / deltas.length);
    // Equal deltas leave only the rounding of their mean.
    return deviation > largest * 1e-12 ? (latest - mean) / deviation : null;
  }
}
