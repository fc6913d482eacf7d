// Owns drawing a trade's timeline: candles with its levels, states and marks, and below them, in step, its score and the
// signals that made it. Loaded only by who opens a trade's page: the library is larger than the rest of it.
import {
  type AutoscaleInfo,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  createSeriesMarkers,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  LineType,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { ScoreLevels } from '../data/configuration.js';
import { colorOf } from '../ui/chart.js';
import { signed } from '../ui/format.js';
import type { Preferences } from '../ui/preferences.js';
import { lookOf } from '../ui/states.js';
import { namedLevels, SIGNAL_LOOKS } from './chart-looks.js';
import type { PriceAxis } from './price-axis.js';
import { StateBands } from './state-bands.js';
import { type ChartMark, type ChartMoment, LEVELS, type LevelName, type Timeline } from './timeline.js';

export interface CandleOptions {
  readonly preferences: Preferences;
  readonly account: string;
  readonly format: (value: number) => string;
  /** What the axis of prices shows beside the prices in sight; undefined shows these alone. */
  readonly axis: (prices: readonly number[]) => PriceAxis | undefined;
  /** Hears the place of the moment under the cursor; undefined when the cursor left. */
  readonly pointed: (index: number | undefined) => void;
  readonly chosen: (index: number) => void;
}

const PRICE_PANE = 0;
const SCORE_PANE = 1;
const SIGNAL_PANE = 2;
/** How the height is shared: prices, score, signals. */
const SHARES = [6, 2, 2];
const LOOKS: Readonly<Record<LevelName, { readonly color: string; readonly style: LineStyle }>> = {
  entry: { color: '--accent', style: LineStyle.Dashed },
  stop: { color: '--bad', style: LineStyle.Solid },
  target: { color: '--good', style: LineStyle.Dashed },
  hedge: { color: '--state-hedged', style: LineStyle.LargeDashed },
};
/** TickMarkType: what is below a day is told by the clock. */
const CLOCK_TICK = 3;
/** Bars before the trade that are in sight at first, and the least in sight at all. */
const BEFORE = 40;
const LEAST_BARS = 60;
const AFTER = 4;
const ZOOM = 1.4;

type Line = ISeriesApi<'Line', Time>;

/** A chart in an element; it is as large as that. */
export class Candles {
  readonly #element: HTMLElement;
  readonly #options: CandleOptions;
  readonly #undo: () => void;
  #drawn: CandleDrawing;
  #timeline: Timeline = { moments: [], marks: [] };
  #levels: ScoreLevels | undefined;

  constructor(element: HTMLElement, options: CandleOptions) {
    this.#element = element;
    this.#options = options;
    this.#drawn = new CandleDrawing(element, options);
    this.#undo = options.preferences.onChange(() => this.#again());
  }

  /** @param view `fit` shows the trade with what was before it; `keep` leaves the stretch that is in sight */
  show(timeline: Timeline, view: 'fit' | 'keep'): void {
    this.#timeline = timeline;
    this.#drawn.show(timeline);
    if (view === 'fit') this.fit();
  }

  showLevels(levels: ScoreLevels): void {
    this.#levels = levels;
    this.#drawn.showLevels(levels);
  }

  fit(): void {
    this.#drawn.fit(this.#timeline.moments);
  }

  zoom(way: 'in' | 'out'): void {
    this.#drawn.zoom(way === 'in' ? 1 / ZOOM : ZOOM);
  }

  /** Puts the cursor on a moment, and that into sight. */
  point(index: number): void {
    this.#drawn.point(index, this.#timeline.moments[index]);
  }

  destroy(): void {
    this.#undo();
    this.#drawn.chart.remove();
  }

  /** Colours and times are read when it is made. */
  #again(): void {
    const range = this.#drawn.chart.timeScale().getVisibleLogicalRange();
    this.#drawn.chart.remove();
    this.#drawn = new CandleDrawing(this.#element, this.#options);
    this.#drawn.show(this.#timeline);
    if (this.#levels !== undefined) this.#drawn.showLevels(this.#levels);
    if (range !== null) this.#drawn.chart.timeScale().setVisibleLogicalRange(range);
  }
}

/** What is drawn with one theme and in one zone. */
class CandleDrawing {
  readonly chart: IChartApi;
  readonly #price: ISeriesApi<'Candlestick', Time>;
  readonly #marks: ISeriesMarkersPluginApi<Time>;
  readonly #levels: Readonly<Record<LevelName, Line>>;
  readonly #bands: readonly StateBands[];
  readonly #score: Line;
  readonly #signals: readonly Line[];
  #scoreLines: readonly IPriceLine[] = [];
  #scoreEnds: readonly [number, number] = [0, 0];

  constructor(element: HTMLElement, options: CandleOptions) {
    this.chart = createChart(element, chartOptions(options));
    const { chart } = this;
    this.#price = candlesIn(chart, options);
    const level = (name: LevelName) => levelIn(chart, name, options);
    const [entry, stop, target, hedge] = [level('entry'), level('stop'), level('target'), level('hedge')];
    this.#levels = { entry, stop, target, hedge };
    this.#marks = createSeriesMarkers(this.#price, []);
    this.#score = scoreIn(chart, () => this.#scoreEnds);
    this.#signals = SIGNAL_LOOKS.map(({ color, style }) => signalIn(chart, color, style));
    for (const [index, pane] of chart.panes().entries()) pane.setStretchFactor(SHARES[index] ?? 1);
    this.#bands = [PRICE_PANE, SCORE_PANE].map((pane) => {
      const bands = new StateBands(chart);
      chart.panes()[pane]?.attachPrimitive(bands);
      return bands;
    });
    chart.subscribeCrosshairMove(({ logical }) => options.pointed(logical));
    chart.subscribeClick(({ logical }) => {
      if (logical !== undefined) options.chosen(logical);
    });
  }

  show({ moments, marks }: Timeline): void {
    const at = ({ at: ms }: ChartMoment) => seconds(ms);
    this.#price.setData(moments.map((moment) => ({ time: at(moment), ...pricesOf(moment) })));
    for (const bands of this.#bands) bands.show(moments);
    for (const name of LEVELS)
      this.#levels[name].setData(moments.map((moment) => valueAt(at(moment), moment[name])));
    const made = (moment: ChartMoment) => (moment.isEvaluated ? moment.evaluation : undefined);
    this.#score.setData(moments.map((moment) => valueAt(at(moment), made(moment)?.score)));
    for (const [index, line] of this.#signals.entries())
      line.setData(
        moments.map((moment) => {
          const signal = made(moment)?.signals[index];
          return valueAt(at(moment), signal?.available === true ? signal.contribution : undefined);
        }),
      );
    this.#marks.setMarkers(marks.map(markerOf));
  }

  showLevels(levels: ScoreLevels): void {
    for (const line of this.#scoreLines) this.#score.removePriceLine(line);
    this.#scoreEnds = [levels.hedgeScore - 1, levels.recoverScore + 2];
    this.#scoreLines = namedLevels(levels).map(([title, price]) =>
      this.#score.createPriceLine({
        ...{ price, title, axisLabelVisible: false, lineWidth: 1, lineStyle: LineStyle.Dashed },
        color: colorOf(price > 0 ? '--good' : '--warn'),
      }),
    );
  }

  fit(moments: readonly ChartMoment[]): void {
    const opened = moments.findIndex(({ state }) => state !== undefined);
    const last = moments.length - 1;
    const from = Math.min(opened === -1 ? last : opened - BEFORE, last - LEAST_BARS);
    this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(-2, from), to: last + AFTER });
  }

  zoom(by: number): void {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range === null) return;
    const [middle, half] = [(range.from + range.to) / 2, ((range.to - range.from) / 2) * by];
    scale.setVisibleLogicalRange({ from: middle - half, to: middle + half });
  }

  point(index: number, moment: ChartMoment | undefined): void {
    if (moment === undefined) return;
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range !== null && (index < range.from || index > range.to)) {
      const half = (range.to - range.from) / 2;
      scale.setVisibleLogicalRange({ from: index - half, to: index + half });
    }
    const price = moment.bar?.close ?? moment.evaluation?.score ?? 0;
    const series = moment.bar === undefined ? this.#score : this.#price;
    this.chart.setCrosshairPosition(price, seconds(moment.at), series);
  }
}

function chartOptions({ preferences, account }: CandleOptions): Parameters<typeof createChart>[1] {
  const [ink, line] = [colorOf('--ink-soft'), colorOf('--line')];
  const label = (time: Time, style: 'full' | 'date' | 'clock') =>
    preferences.time(Number(time) * 1000, style, account);
  return {
    autoSize: true,
    layout: {
      attributionLogo: false,
      background: { type: ColorType.Solid, color: colorOf('--surface') },
      textColor: ink,
      fontSize: 11,
      panes: { separatorColor: line, enableResize: false },
    },
    grid: { vertLines: { color: line }, horzLines: { color: line } },
    crosshair: { mode: CrosshairMode.Normal },
    rightPriceScale: { borderColor: line, minimumWidth: 72 },
    timeScale: {
      borderColor: line,
      timeVisible: true,
      secondsVisible: false,
      tickMarkFormatter: (time: Time, type: number) =>
        type < CLOCK_TICK ? label(time, 'date').split(',')[0] : label(time, 'clock').slice(0, 5),
    },
    localization: { timeFormatter: (time: Time) => label(time, 'full') },
    // The wheel is the page's, until the chart has the focus.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  };
}

function candlesIn(chart: IChartApi, { format, axis }: CandleOptions): ISeriesApi<'Candlestick', Time> {
  const [up, down] = [colorOf('--state-healthy'), colorOf('--state-warning-l2')];
  return chart.addSeries(
    CandlestickSeries,
    {
      // Hollow and full, so that no colour is needed to tell them apart.
      upColor: colorOf('--surface'),
      downColor: down,
      borderUpColor: up,
      wickUpColor: up,
      borderDownColor: down,
      wickDownColor: down,
      priceFormat: { type: 'custom', minMove: 1e-8, formatter: format },
      priceLineVisible: false,
      autoscaleInfoProvider: (base: () => AutoscaleInfo | null) => {
        const range = base()?.priceRange ?? null;
        if (range === null) return null;
        const fitted = axis([range.minValue, range.maxValue]);
        return {
          priceRange: { minValue: fitted?.from ?? range.minValue, maxValue: fitted?.to ?? range.maxValue },
        };
      },
    },
    PRICE_PANE,
  );
}

function levelIn(chart: IChartApi, name: LevelName, { format }: CandleOptions): Line {
  const { color, style } = LOOKS[name];
  return chart.addSeries(
    LineSeries,
    {
      color: colorOf(color),
      lineStyle: style,
      lineWidth: name === 'stop' ? 2 : 1,
      lineType: LineType.WithSteps,
      title: name,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
      priceFormat: { type: 'custom', minMove: 1e-8, formatter: format },
      // Which of them are in sight is the candles' to say.
      autoscaleInfoProvider: () => null,
    },
    PRICE_PANE,
  );
}

function scoreIn(chart: IChartApi, ends: () => readonly [number, number]): Line {
  return chart.addSeries(
    LineSeries,
    {
      color: colorOf('--accent'),
      lineWidth: 2,
      title: 'score',
      priceLineVisible: false,
      priceFormat: { type: 'custom', minMove: 0.01, formatter: scoreText },
      autoscaleInfoProvider: (base: () => AutoscaleInfo | null) => {
        const range = base()?.priceRange;
        const [least, most] = ends();
        return {
          priceRange: {
            minValue: Math.min(least, range?.minValue ?? least),
            maxValue: Math.max(most, range?.maxValue ?? most),
          },
        };
      },
    },
    SCORE_PANE,
  );
}

function signalIn(chart: IChartApi, color: string, lineStyle: LineStyle): Line {
  const options = { color: colorOf(color), lineStyle, lineWidth: 1 as const };
  const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };
  const priceFormat = { type: 'custom' as const, minMove: 0.01, formatter: scoreText };
  return chart.addSeries(LineSeries, { ...options, ...quiet, priceFormat }, SIGNAL_PANE);
}

function pricesOf({ bar }: ChartMoment): Partial<Record<'open' | 'high' | 'low' | 'close', number>> {
  if (bar === undefined) return {};
  const { open, high, low, close } = bar;
  return { open, high, low, close };
}

function markerOf({ at, kind, text, state }: ChartMark): SeriesMarker<Time> {
  const time = seconds(at);
  if (kind === 'action')
    return { time, text, position: 'belowBar', shape: 'square', color: colorOf('--accent'), size: 0.6 };
  if (kind === 'opened')
    return {
      ...{ time, text, position: 'belowBar', color: colorOf('--ink') },
      shape: text === 'SELL' ? 'arrowDown' : 'arrowUp',
    };
  return { time, text, position: 'aboveBar', shape: 'circle', color: colorOf(lookOf(state ?? '').color) };
}

function valueAt(time: Time, value: number | undefined): { readonly time: Time; readonly value?: number } {
  return value === undefined ? { time } : { time, value };
}

function scoreText(value: number): string {
  return signed(value, 1);
}

function seconds(ms: number): UTCTimestamp {
  return (ms / 1000) as UTCTimestamp;
}
