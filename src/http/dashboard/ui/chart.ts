// Owns charts: uPlot in the page's colours, as wide as their place, with the times in the chosen zone.
import 'uplot/dist/uPlot.min.css';
import uPlot from 'uplot';
import type { Preferences } from './preferences.js';

export interface ChartSeries {
  readonly label: string;
  /** A colour's token, such as "--accent". */
  readonly color: string;
  /** A step holds its value until the next one. An area is filled, and each value reaches back to the one before. */
  readonly kind: 'line' | 'step' | 'area' | 'points';
  /** Lengths of dashes and gaps in pixels; absent draws through. */
  readonly dash?: readonly number[];
  readonly width?: number;
  /** Which axis of values it belongs to; the first is "y". */
  readonly scale?: string;
}

/** Draws on the canvas below or above the series; `color` resolves a token. */
export type Painter = (plot: uPlot, color: (token: string) => string) => void;

export interface ChartOptions {
  /** What it shows, for who does not see it. */
  readonly label: string;
  readonly height: number;
  readonly series: readonly ChartSeries[];
  readonly preferences: Preferences;
  /** How a value of the axis reads. */
  readonly format: (value: number) => string;
  /** Whose broker's clock counts. */
  readonly account?: string;
  /** The least and the most the axis of values shows; absent fits the data. */
  readonly range?: (min: number, max: number) => readonly [number, number];
  /** Room for the labels of the axis of values, in pixels. */
  readonly axisWidth?: number;
  /** The times it shows, UTC ms; absent fits the data. */
  readonly span?: () => readonly [number, number] | undefined;
  /** Charts of the same group share their cursor. */
  readonly cursorGroup?: string;
  readonly under?: Painter;
  readonly over?: Painter;
  /** The place of the cursor in the data; undefined when it left. */
  readonly onCursor?: (index: number | undefined) => void;
  readonly onClick?: (index: number) => void;
}

export interface Chart {
  /** @param times UTC ms, ascending; each list of values is as long, and null where there is none */
  setData(times: readonly number[], ...values: readonly (readonly (number | null)[])[]): void;
  /** Fits the axes again, and draws what the painters paint. */
  refit(): void;
  destroy(): void;
}

const FONT = '11px system-ui, sans-serif';
const MINUTE_S = 60;
const DAY_S = 86_400;
const AXIS_WIDTH = 56;
const LEAST_WIDTH = 120;
/** Times between two labels get about this much room, in pixels. */
const TIME_SPACE = 64;

/** Puts a chart into an element. */
export function createChart(element: HTMLElement, options: ChartOptions): Chart {
  const { preferences } = options;
  element.classList.add('chart');
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', options.label);
  let data: uPlot.AlignedData = [[], ...options.series.map(() => [])];
  let plot = build();

  function build(): uPlot {
    return new uPlot(plotOptions(element, options), data, element);
  }

  const resizing = new ResizeObserver(() => {
    const width = widthOf(element);
    if (Math.abs(width - plot.width) >= 1) plot.setSize({ width, height: options.height });
  });
  resizing.observe(element);
  const unsubscribe = preferences.onChange(() => {
    plot.destroy();
    plot = build();
  });
  return {
    setData: (times, ...values) => {
      data = [times.map((ms) => ms / 1000), ...values.map((list) => [...list])];
      plot.setData(data);
    },
    refit: () => plot.setData(data),
    destroy: () => {
      resizing.disconnect();
      unsubscribe();
      plot.destroy();
    },
  };
}

/** The present value of a colour's token, as a canvas takes it. */
export function colorOf(token: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function widthOf(element: HTMLElement): number {
  return Math.max(LEAST_WIDTH, Math.floor(element.clientWidth));
}

function plotOptions(element: HTMLElement, options: ChartOptions): uPlot.Options {
  const { preferences, account, height, format, range, span } = options;
  const colors = new Map<string, string>();
  const color = (token: string): string => {
    const known = colors.get(token) ?? colorOf(token);
    colors.set(token, known);
    return known;
  };
  const axis = {
    stroke: color('--ink-soft'),
    font: FONT,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1, size: 4 },
  };
  return {
    width: widthOf(element),
    height,
    tzDate: (seconds) => shownDate(seconds * 1000 + preferences.offsetAt(seconds * 1000, account)),
    legend: { show: false },
    padding: [8, 28, 0, 0],
    cursor: {
      points: { size: 6 },
      drag: { setScale: false, x: false, y: false },
      ...(options.cursorGroup !== undefined && { sync: { key: options.cursorGroup } }),
    },
    scales: {
      x: {
        time: true,
        ...(span !== undefined && {
          range: (_plot: uPlot, min: number, max: number): [number, number] => {
            const [from, to] = span() ?? [min * 1000, max * 1000];
            return [from / 1000, to / 1000];
          },
        }),
      },
      y: range === undefined ? {} : { range: (_plot, min, max) => [...range(min ?? 0, max ?? 0)] },
    },
    axes: [
      {
        ...axis,
        space: TIME_SPACE,
        size: 32,
        values: (_plot, splits, _axis, _space, step) =>
          splits.map((seconds) =>
            step >= DAY_S
              ? (preferences.time(seconds * 1000, 'date', account).split(',')[0] ?? '')
              : preferences.time(seconds * 1000, 'clock', account).slice(0, step < MINUTE_S ? 8 : 5),
          ),
      },
      { ...axis, size: options.axisWidth ?? AXIS_WIDTH, values: (_plot, splits) => splits.map(format) },
    ],
    series: [{}, ...options.series.map((series) => seriesOptions(series, color))],
    hooks: hooksOf(options, color),
  };
}

function hooksOf(
  { under, over, onCursor, onClick }: ChartOptions,
  color: (token: string) => string,
): uPlot.Hooks.Arrays {
  return {
    ...(under !== undefined && { drawAxes: [(plot: uPlot) => under(plot, color)] }),
    ...(over !== undefined && { draw: [(plot: uPlot) => over(plot, color)] }),
    ...(onCursor !== undefined && {
      setCursor: [(plot: uPlot) => onCursor(plot.cursor.idx ?? undefined)],
    }),
    ...(onClick !== undefined && {
      ready: [
        (plot: uPlot) =>
          plot.over.addEventListener('click', () => {
            if (typeof plot.cursor.idx === 'number') onClick(plot.cursor.idx);
          }),
      ],
    }),
  };
}

function seriesOptions(series: ChartSeries, color: (token: string) => string): uPlot.Series {
  const stroke = color(series.color);
  return {
    label: series.label,
    scale: series.scale ?? 'y',
    stroke,
    width: series.kind === 'points' ? 0 : (series.width ?? 1.5),
    spanGaps: false,
    points: { show: series.kind === 'points', size: 6, fill: stroke },
    ...(series.dash !== undefined && { dash: [...series.dash] }),
    ...(series.kind === 'area' && { fill: stroke }),
    ...(series.kind === 'step' && stepped(1)),
    ...(series.kind === 'area' && stepped(-1)),
  };
}

function stepped(align: 1 | -1): Pick<uPlot.Series, 'paths'> {
  const paths = uPlot.paths.stepped?.({ align });
  return paths === undefined ? {} : { paths };
}

/** A date whose local fields are those of UTC at a moment: uPlot reads local fields. */
function shownDate(ms: number): Date {
  return new Date(ms + new Date(ms).getTimezoneOffset() * 60_000);
}
