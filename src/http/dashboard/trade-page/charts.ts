// Owns the two charts of a trade: its price with entry, stop, target and swings, and its score, over the
// states it was in.
import type uPlot from 'uplot';
import type { Bar } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import { DEFAULT_LEVELS, type ScoreLevels } from '../data/configuration.js';
import type { Json, TradeJson } from '../data/json.js';
import { type Chart, type ChartOptions, type ChartSeries, createChart } from '../ui/chart.js';
import type { Preferences } from '../ui/preferences.js';
import { lookOf } from '../ui/states.js';
import { type Level, type PriceAxis, priceAxis } from './price-axis.js';
import { type StateBand, type StopStep, stopsAt } from './story.js';

export type BarJson = Json<Bar>;

export interface ScorePoint {
  readonly at: number;
  readonly score: number | undefined;
}

/** What the charts show. Times in UTC ms. */
export interface Pictures {
  readonly trade: TradeJson;
  readonly bars: readonly BarJson[];
  readonly scores: readonly ScorePoint[];
  readonly bands: readonly StateBand[];
  readonly stops: readonly StopStep[];
  readonly swingHigh: number | undefined;
  readonly swingLow: number | undefined;
}

const GROUP = 'trade';
/** Both charts begin below each other. */
const AXIS_WIDTH = 72;
const PRICE_SERIES: readonly ChartSeries[] = [
  { label: 'Close', color: '--ink', kind: 'line' },
  { label: 'Entry', color: '--accent', kind: 'line', dash: [8, 4] },
  { label: 'Stop', color: '--bad', kind: 'step', width: 2 },
  { label: 'Target', color: '--good', kind: 'line', dash: [8, 4] },
  { label: 'Swing high', color: '--ink-soft', kind: 'line', dash: [2, 4], width: 1 },
  { label: 'Swing low', color: '--ink-soft', kind: 'line', dash: [2, 4], width: 1 },
];
const BAND_ALPHA = 0.13;
const NOW_SHARE = 0.02;
const PAST = 'an earlier stop';
const FAR_COLORS: Readonly<Record<string, string>> = { stop: '--bad', target: '--good' };

interface TradeChartsOptions {
  readonly preferences: Preferences;
  readonly account: string;
  readonly format: (value: number) => string;
  /** Hears which score was pressed, by its place. */
  readonly choose: (index: number) => void;
}

export class TradeCharts {
  readonly #options: TradeChartsOptions;
  readonly #price: Chart;
  readonly #score: Chart;
  #shown: Pictures | undefined;
  #axis: PriceAxis | undefined;
  #levels = DEFAULT_LEVELS;

  constructor(
    place: { readonly price: HTMLElement; readonly score: HTMLElement },
    options: TradeChartsOptions,
  ) {
    this.#options = options;
    this.#price = createChart(place.price, this.#priceOptions());
    this.#score = createChart(place.score, this.#scoreOptions());
  }

  show(pictures: Pictures): void {
    this.#shown = pictures;
    const { trade, bars, scores, stops } = pictures;
    this.#axis = bars.length === 0 ? undefined : axisOf(pictures);
    const [, end] = spanOf(pictures) ?? [];
    // What is in force reaches beyond the last bar, up to now.
    const times = [
      ...bars.map(({ openTime }) => Date.parse(openTime ?? '')),
      ...(bars.length > 0 && end !== undefined ? [end] : []),
    ];
    const from = Date.parse(trade.openedAt ?? '');
    const until = trade.closedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(trade.closedAt);
    const open = (value: number | null | undefined, time: number) =>
      time < from || time > until ? null : (value ?? null);
    const flat = (value: number | undefined) => times.map((time) => open(value, time));
    const stopLine = stopsAt(stops, times);
    this.#price.setData(
      times,
      times.map((_, index) => bars[index]?.close ?? null),
      flat(trade.entryPrice),
      times.map((time, index) => open(stopLine[index], time)),
      flat(trade.takeProfit),
      times.map(() => pictures.swingHigh ?? null),
      times.map(() => pictures.swingLow ?? null),
    );
    this.#score.setData(
      scores.map(({ at }) => at),
      scores.map((point) => point.score ?? null),
    );
  }

  showLevels(levels: ScoreLevels): void {
    this.#levels = levels;
    this.#score.refit();
  }

  destroy(): void {
    this.#price.destroy();
    this.#score.destroy();
  }

  #priceOptions(): ChartOptions {
    const { preferences, account, format } = this.#options;
    return {
      label: 'Price with entry, stop and target; the tables below have the same numbers',
      height: 280,
      preferences,
      account,
      format,
      axisWidth: AXIS_WIDTH,
      range: (min, max) =>
        this.#axis === undefined ? [min, Math.max(max, min + 1)] : [this.#axis.from, this.#axis.to],
      span: () => spanOf(this.#shown),
      cursorGroup: GROUP,
      series: PRICE_SERIES,
      under: (plot, color) => {
        paintBands(plot, color, this.#shown?.bands ?? []);
        paintRanges(plot, color, this.#shown?.bars ?? []);
      },
      over: (plot, color) => this.#axis !== undefined && paintFar(plot, color, this.#axis, format),
    };
  }

  #scoreOptions(): ChartOptions {
    const { preferences, account, choose } = this.#options;
    return {
      label: 'Score over time; the table of evaluations below has the same numbers',
      height: 170,
      preferences,
      account,
      format: (value) => value.toFixed(Number.isInteger(value) ? 0 : 1).replace('-', '−'),
      axisWidth: AXIS_WIDTH,
      span: () => spanOf(this.#shown),
      cursorGroup: GROUP,
      range: (min, max) => [
        Math.min(this.#levels.hedgeScore - 1, min - 0.5),
        Math.max(this.#levels.recoverScore + 2, max + 0.5),
      ],
      series: [{ label: 'Score', color: '--accent', kind: 'line', width: 2 }],
      under: (plot, color) => {
        paintBands(plot, color, this.#shown?.bands ?? []);
        paintLevels(plot, color, this.#levels);
      },
      onClick: choose,
    };
  }
}

/**
 * From the first bar, or evaluation, to a little after the last, or the last change of state: the state of now
 * has room. Undefined without any.
 */
function spanOf(shown: Pictures | undefined): readonly [number, number] | undefined {
  const { bars = [], scores = [], bands = [] } = shown ?? {};
  const all = [...bars.map(({ openTime }) => Date.parse(openTime ?? '')), ...scores.map(({ at }) => at)];
  if (all.length === 0) return undefined;
  const from = Math.min(...all);
  const to = Math.max(...all, bands.at(-1)?.from ?? from);
  return [from, to + (to - from) * NOW_SHARE];
}

function axisOf({ trade, bars, stops, swingHigh, swingLow }: Pictures): PriceAxis {
  const prices = [...bars.flatMap(({ low, high }) => [low, high]), trade.entryPrice];
  const level = (name: string, price: number | undefined) => (price === undefined ? [] : [{ name, price }]);
  // Stops of before are steps of the line: they are in sight or not, and need no name at the edge.
  const axis = priceAxis(prices, [
    ...stops.flatMap(({ stop }) => level(PAST, stop)),
    ...level('stop', trade.stopLoss),
    ...level('target', trade.takeProfit),
    ...level('swing high', swingHigh),
    ...level('swing low', swingLow),
  ]);
  const named = (levels: readonly Level[]) => levels.filter(({ name }) => name !== PAST);
  return { ...axis, above: named(axis.above), below: named(axis.below) };
}

/** Levels that are too far off, at the edge they lie behind, with their prices. */
function paintFar(
  plot: uPlot,
  color: (token: string) => string,
  { above, below }: PriceAxis,
  format: (value: number) => string,
): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const line = 16 * devicePixelRatio;
  const left = bbox.left + 4 * devicePixelRatio;
  const put = (levels: readonly Level[], arrow: string, yOf: (index: number) => number) => {
    for (const [index, { name, price }] of levels.entries()) {
      const text = `${arrow} ${name} ${format(price)}`;
      const width = ctx.measureText(text).width + 8 * devicePixelRatio;
      const y = yOf(levels.length - 1 - index);
      ctx.fillStyle = color('--surface');
      ctx.fillRect(left - 4 * devicePixelRatio, y - line / 2, width, line);
      ctx.fillStyle = color(FAR_COLORS[name] ?? '--ink-soft');
      ctx.fillText(text, left, y);
    }
  };
  // Below the states' letters.
  put(above, '▲', (place) => bbox.top + line * (place + 1.4));
  put(below, '▼', (place) => bbox.top + bbox.height - line * (place + 0.6));
  ctx.restore();
}

/** The states as bands of their colour, with their letters on top. */
function paintBands(plot: uPlot, color: (token: string) => string, bands: readonly StateBand[]): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  for (const band of bands) {
    const from = Math.max(bbox.left, plot.valToPos(band.from / 1000, 'x', true));
    const to = band.to === undefined ? right : Math.min(right, plot.valToPos(band.to / 1000, 'x', true));
    if (to <= from) continue;
    const look = lookOf(band.state);
    ctx.fillStyle = color(look.color);
    ctx.globalAlpha = BAND_ALPHA;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(from, bbox.top, devicePixelRatio, bbox.height);
    ctx.fillStyle = color('--ink');
    if (to - from > 12 * devicePixelRatio)
      ctx.fillText(look.letter, from + 4 * devicePixelRatio, bbox.top + 2);
  }
  ctx.restore();
}

/** From low to high of each bar. */
function paintRanges(plot: uPlot, color: (token: string) => string, bars: readonly BarJson[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = color('--ink-soft');
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (const { openTime, high, low } of bars) {
    const x = plot.valToPos(Date.parse(openTime ?? '') / 1000, 'x', true);
    ctx.moveTo(x, plot.valToPos(high, 'y', true));
    ctx.lineTo(x, plot.valToPos(low, 'y', true));
  }
  ctx.stroke();
  ctx.restore();
}

function paintLevels(plot: uPlot, color: (token: string) => string, levels: ScoreLevels): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  let [right, below] = [bbox.left, Number.NEGATIVE_INFINITY];
  for (const [name, level] of namedLevels(levels)) {
    const y = plot.valToPos(level, 'y', true);
    ctx.strokeStyle = color(level > 0 ? '--good' : '--warn');
    ctx.fillStyle = color('--ink-soft');
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // Texts of levels that are close to each other go side by side.
    const from = (y - below < 11 * devicePixelRatio ? right : bbox.left) + 4 * devicePixelRatio;
    const text = `${signedLevel(level)} ${name}`;
    ctx.fillText(text, from, y - 1);
    right = from + ctx.measureText(text).width;
    below = y;
  }
  ctx.restore();
}

/** Each level with what it leads to. */
function namedLevels(levels: ScoreLevels): readonly (readonly [string, number])[] {
  return [
    ['recovers', levels.recoverScore],
    ['warning 1', levels.l1Score],
    ['warning 2', levels.l2Score],
    ['hedge', levels.hedgeScore],
  ];
}

function signedLevel(level: number): string {
  return `${level > 0 ? '+' : ''}${level}`.replace('-', '−');
}

/** The levels in words, and where they are from. */
export function levelsText(levels: ScoreLevels): string {
  const all = namedLevels(levels).map(([name, level]) => `${name} at ${signedLevel(level)}`);
  const origin = levels.configured
    ? "the server's"
    : 'the defaults, because this key may not read the configuration';
  return `Levels: ${all.join(', ')} (${origin}).`;
}
