// Owns the two charts of a trade: its price with entry, stop, target and swings, and its score, over the
// states it was in.
import type uPlot from 'uplot';
import type { Bar } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import type { Json, TradeJson } from '../data/json.js';
import { type Chart, createChart } from '../ui/chart.js';
import type { Settings } from '../ui/settings.js';
import { lookOf } from '../ui/states.js';
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

export interface TradeCharts {
  show(pictures: Pictures): void;
  destroy(): void;
}

/** Scores at which rows of the state table are taken, with what they lead to. */
const LEVELS: readonly (readonly [number, string])[] = [
  [1, '+1 recovers'],
  [-2, '−2 warning 1'],
  [-4, '−4 warning 2'],
  [-6, '−6 hedge'],
];
const GROUP = 'trade';
/** Both charts begin below each other. */
const AXIS_WIDTH = 92;
const BAND_ALPHA = 0.13;

/** @param chosen hears which score was pressed, by its place */
export function tradeCharts(
  place: { readonly price: HTMLElement; readonly score: HTMLElement },
  settings: Settings,
  options: { readonly account: string; readonly format: (value: number) => string },
  chosen: (index: number) => void,
): TradeCharts {
  const { account, format } = options;
  let shown: Pictures | undefined;
  const under = (plot: uPlot, color: (token: string) => string) =>
    paintBands(plot, color, shown?.bands ?? []);
  const price: Chart = createChart(place.price, {
    label: 'Price with entry, stop and target; the same is told by the tables below',
    height: 280,
    settings,
    account,
    format,
    axisWidth: AXIS_WIDTH,
    span: () => spanOf(shown),
    cursorGroup: GROUP,
    series: [
      { label: 'Close', color: '--ink', kind: 'line' },
      { label: 'Entry', color: '--accent', kind: 'line', dash: [8, 4] },
      { label: 'Stop', color: '--bad', kind: 'step', width: 2 },
      { label: 'Target', color: '--good', kind: 'line', dash: [8, 4] },
      { label: 'Swing high', color: '--ink-soft', kind: 'line', dash: [2, 4], width: 1 },
      { label: 'Swing low', color: '--ink-soft', kind: 'line', dash: [2, 4], width: 1 },
    ],
    under: (plot, color) => {
      under(plot, color);
      paintRanges(plot, color, shown?.bars ?? []);
    },
  });
  const score: Chart = createChart(place.score, {
    label: 'Score over time; the same is told by the table of evaluations below',
    height: 170,
    settings,
    account,
    format: (value) => value.toFixed(0).replace('-', '−'),
    axisWidth: AXIS_WIDTH,
    span: () => spanOf(shown),
    cursorGroup: GROUP,
    range: (min, max) => [Math.min(-7, min - 0.5), Math.max(3, max + 0.5)],
    series: [{ label: 'Score', color: '--accent', kind: 'line', width: 2 }],
    under: (plot, color) => {
      under(plot, color);
      paintLevels(plot, color);
    },
    onClick: chosen,
  });
  return {
    show: (pictures) => {
      shown = pictures;
      const { trade, bars, scores, stops } = pictures;
      const times = bars.map(({ openTime }) => Date.parse(openTime ?? ''));
      const from = Date.parse(trade.openedAt ?? '');
      const flat = (value: number | undefined) =>
        times.map((time) => (value === undefined || time < from ? null : value));
      price.setData(
        times,
        bars.map(({ close }) => close),
        flat(trade.entryPrice),
        stopsAt(stops, times),
        flat(trade.takeProfit),
        times.map(() => pictures.swingHigh ?? null),
        times.map(() => pictures.swingLow ?? null),
      );
      score.setData(
        scores.map(({ at }) => at),
        scores.map((point) => point.score ?? null),
      );
    },
    destroy: () => {
      price.destroy();
      score.destroy();
    },
  };
}

/** From the first bar to the last, or evaluation; undefined while there is nothing. */
function spanOf(shown: Pictures | undefined): readonly [number, number] | undefined {
  const times = (shown?.bars ?? []).map(({ openTime }) => Date.parse(openTime ?? ''));
  const all = [...times, ...(shown?.scores ?? []).map(({ at }) => at)];
  return all.length === 0 ? undefined : [Math.min(...all), Math.max(...all)];
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

function paintLevels(plot: uPlot, color: (token: string) => string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const [level, text] of LEVELS) {
    const y = plot.valToPos(level, 'y', true);
    ctx.strokeStyle = color(level > 0 ? '--good' : '--warn');
    ctx.fillStyle = color('--ink-soft');
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(text, bbox.left + 4 * devicePixelRatio, y - 1);
  }
  ctx.restore();
}
