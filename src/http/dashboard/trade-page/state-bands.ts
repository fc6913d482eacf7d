// Owns the stretches of a trade's states behind its candles and its score.
import type {
  IChartApi,
  IPanePrimitive,
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  Logical,
  Time,
} from 'lightweight-charts';
import { colorOf } from '../ui/chart.js';
import { lookOf } from '../ui/states.js';
import type { ChartMoment } from './timeline.js';

const ALPHA = 0.13;

/** A stretch of bars in one state, by their places; both are in it. */
interface Stretch {
  readonly color: string;
  readonly first: number;
  last: number;
}

/** Draws below everything else of its pane. */
export class StateBands implements IPanePrimitive<Time> {
  readonly #chart: IChartApi;
  readonly #view: IPrimitivePaneView = { zOrder: () => 'bottom', renderer: () => this.#renderer };
  readonly #renderer: IPrimitivePaneRenderer = {
    draw: (target) => {
      target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio }) => {
        const half = this.#chart.timeScale().options().barSpacing / 2;
        context.save();
        context.globalAlpha = ALPHA;
        for (const { color, first, last } of this.#stretches) {
          const from = this.#middle(first) - half;
          const to = this.#middle(last) + half;
          context.fillStyle = color;
          const left = Math.round(from * horizontalPixelRatio);
          context.fillRect(left, 0, Math.round(to * horizontalPixelRatio) - left, bitmapSize.height);
        }
        context.restore();
      });
    },
  };
  #stretches: readonly Stretch[] = [];

  constructor(chart: IChartApi) {
    this.#chart = chart;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return [this.#view];
  }

  show(moments: readonly ChartMoment[]): void {
    const stretches: Stretch[] = [];
    let before: string | undefined;
    for (const [index, { state }] of moments.entries()) {
      const last = stretches.at(-1);
      if (state === before && last !== undefined) last.last = index;
      else if (state !== undefined)
        stretches.push({ color: colorOf(lookOf(state).color), first: index, last: index });
      before = state;
    }
    this.#stretches = stretches;
  }

  /** Where a bar's middle is; 0 while the chart is empty. */
  #middle(place: number): number {
    return this.#chart.timeScale().logicalToCoordinate(place as Logical) ?? 0;
  }
}
