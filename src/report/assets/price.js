// One trade's price, with its entry, target, stop and moves, and the window of time all its charts show.
import { lastAtOrBefore } from './data.js';
import { canvas, path, scale, shape, ticks, xLabels, yAxis } from './draw.js';
import { fixed, inR, shortTime, timeText, words } from './format.js';

/** Bars shown before the entry and after the end: a share of the trade's own, and no fewer than these. */
const AROUND = 0.2;
const LEAST_BEFORE = 16;
const LEAST_AFTER = 4;

/** The part of the run that a trade's charts show. x counts bars, so that weekends take no room. */
export function windowOf(run, trade) {
  const { at } = run.bars;
  const end = Math.max(trade.end, trade.withDtms?.[1] ?? 0, trade.without?.[1] ?? 0);
  const [entered, ended] = [lastAtOrBefore(at, trade.at), lastAtOrBefore(at, end)];
  const around = Math.round((ended - entered) * AROUND);
  const first = Math.max(0, entered - Math.max(LEAST_BEFORE, around));
  const last = Math.min(at.length - 1, ended + Math.max(LEAST_AFTER, Math.round(around / 2)));
  /** A moment as a count of bars, fractions within a bar. */
  const barsAt = (time) => {
    const place = Math.max(first, Math.min(last, lastAtOrBefore(at, time)));
    return place - first + Math.max(0, Math.min(1, (time - at[place]) / run.step));
  };
  return { first, last, count: last - first + 1, end, barsAt };
}

/** Bars gathered so that a candle has at least three pixels. */
function candlesOf({ bars }, { first, count }, width) {
  const size = Math.max(1, Math.ceil((count * 3) / width));
  const candles = [];
  for (let from = 0; from < count; from += size) {
    const to = Math.min(count, from + size);
    let high = Number.NEGATIVE_INFINITY;
    let low = Number.POSITIVE_INFINITY;
    for (let place = first + from; place < first + to; place += 1) {
      high = Math.max(high, bars.high[place]);
      low = Math.min(low, bars.low[place]);
    }
    candles.push({ from, to, high, low, open: bars.open[first + from], close: bars.close[first + to - 1] });
  }
  return candles;
}

/** The stop over time as it was in force: [time, price or null]. */
export function stopsOf(trade) {
  const stops = [[trade.at, trade.stop]];
  for (const { at, stop } of trade.positions) if (stop !== stops.at(-1)[1]) stops.push([at, stop]);
  return stops;
}

function stateBands(chart, trade, view, x, box) {
  for (const { state, from, to } of trade.spans) {
    const left = x(view.barsAt(from));
    const wide = Math.max(1, x(view.barsAt(to)) - left);
    chart.append(
      shape(
        'rect',
        { x: left, y: box.top, width: wide, height: box.bottom - box.top, class: `band ${state}` },
        shape('title', {}, words(state)),
      ),
    );
    chart.append(shape('rect', { x: left, y: box.top, width: wide, height: 5, class: `node ${state}` }));
  }
}

const MARKS = {
  TIGHTEN_SL: '⇡',
  TRAIL_SL: '⇡',
  MOVE_SL_BREAKEVEN: '=',
  PARTIAL_CLOSE: '½',
  OPEN_HEDGE: 'H',
  CLOSE_HEDGE: 'h',
  CLOSE_ALL: '×',
  RE_ADD: '+',
};

/** Actions that the broker did, once each. */
function doneActions(trade) {
  return trade.actions.filter(({ status }) => status === 'DONE');
}

function level(chart, { price, from, to, y, kind, name, digits }) {
  // Before the entry, or above the line where there is no room before it.
  const place =
    from > 150 ? { x: from - 6, y: y(price) + 4, 'text-anchor': 'end' } : { x: from + 5, y: y(price) - 5 };
  chart.append(
    shape('line', { x1: from, x2: to, y1: y(price), y2: y(price), class: `level ${kind}` }),
    shape('text', { ...place, class: `level-name ${kind}` }, `${name} ${fixed(price, digits)}`),
  );
}

/** Where the trade ended that nobody defended: its result is its price, for its volume never changed. */
function leftAlone(chart, trade, view, x, y) {
  if (trade.without === null || trade.risk === null) return;
  const [result, at] = trade.without;
  const [left, top] = [x(view.barsAt(at)), y(trade.entry + (trade.buy ? 1 : -1) * result * trade.risk)];
  const name = `left alone ${inR(result)}`;
  chart.append(
    shape('path', { d: `M${left - 6} ${top}l6 -6l6 6l-6 6z`, class: 'exit alone' }, shape('title', {}, name)),
    shape('text', { x: left - 10, y: top - 7, 'text-anchor': 'end', class: 'level-name alone' }, name),
  );
}

export function priceChart(run, trade, view, width) {
  const { digits } = run.run;
  const height = width < 600 ? 260 : 340;
  const box = { left: 62, right: width - 12, top: 8, bottom: height - 24 };
  const chart = canvas(width, height, `Price over trade ${trade.ticket}, with entry, stop and target`);
  const candles = candlesOf(run, view, box.right - box.left);
  const stops = stopsOf(trade);
  const levels = [trade.entry, trade.target, ...stops.map(([, price]) => price)].filter(
    (price) => price !== null,
  );
  const low = Math.min(...candles.map((candle) => candle.low), ...levels);
  const high = Math.max(...candles.map((candle) => candle.high), ...levels);
  const room = (high - low) * 0.05;
  const x = scale(0, view.count, box.left, box.right);
  const y = scale(low - room, high + room, box.bottom, box.top);
  stateBands(chart, trade, view, x, box);
  const places = Math.max(0, Math.min(digits, 4 - Math.floor(Math.log10(high || 1))));
  yAxis(chart, y, ticks(low, high, height / 70), { ...box, text: (value) => fixed(value, places) });
  for (const { from, to, open, close, high: top, low: bottom } of candles) {
    const middle = (x(from) + x(to)) / 2;
    const half = Math.max(0.8, (x(to) - x(from)) * 0.34);
    const kind = close >= open ? 'up' : 'down';
    const body = Math.max(1, Math.abs(y(open) - y(close)));
    chart.append(
      shape('line', { x1: middle, x2: middle, y1: y(top), y2: y(bottom), class: `wick ${kind}` }),
      shape('rect', {
        x: middle - half,
        y: Math.min(y(open), y(close)),
        width: half * 2,
        height: body,
        class: `candle ${kind}`,
      }),
    );
  }
  const start = x(view.barsAt(trade.at));
  const finish = x(view.barsAt(view.end));
  level(chart, { price: trade.entry, from: start, to: finish, y, kind: 'entry', name: 'entry', digits });
  if (trade.target !== null)
    level(chart, { price: trade.target, from: start, to: finish, y, kind: 'target', name: 'target', digits });
  if (trade.stop !== null)
    level(chart, {
      price: trade.stop,
      from: start,
      to: finish,
      y,
      kind: 'first-stop',
      name: 'first stop',
      digits,
    });
  const steps = stops
    .filter(([, price]) => price !== null)
    .map(([at, price]) => [x(view.barsAt(at)), y(price)]);
  const lastStop = steps.at(-1);
  const held = x(view.barsAt(trade.withDtms?.[1] ?? trade.end));
  if (lastStop !== undefined)
    chart.append(
      shape('path', {
        d: path([...steps, [Math.max(held, lastStop[0]), lastStop[1]]], true),
        class: 'line stop',
      }),
    );
  for (const { at, type, price } of doneActions(trade)) {
    const mark = x(view.barsAt(at));
    const lane = box.bottom - 9;
    chart.append(
      shape(
        'g',
        { class: 'mark' },
        shape(
          'title',
          {},
          `${timeText(at)}: ${words(type)}${price === null ? '' : ` at ${fixed(price, digits)}`}`,
        ),
        shape('circle', { cx: mark, cy: lane, r: 7.5 }),
        shape('text', { x: mark, y: lane + 4, 'text-anchor': 'middle' }, MARKS[type] ?? '•'),
      ),
    );
  }
  if (trade.closePrice !== null)
    chart.append(
      shape(
        'circle',
        { cx: x(view.barsAt(trade.end)), cy: y(trade.closePrice), r: 5, class: 'exit' },
        shape('title', {}, `${words(trade.reason)} at ${fixed(trade.closePrice, digits)}`),
      ),
    );
  leftAlone(chart, trade, view, x, y);
  const timeAt = (share) =>
    run.bars.at[Math.min(view.last, view.first + Math.round(share * (view.count - 1)))];
  xLabels(chart, { ...box, y: height - 6, at: timeAt, text: shortTime, room: 120 });
  return { chart, x, box };
}
