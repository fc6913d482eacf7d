// One trade's score in the bands of the state table, and the six contributions it is made of.
import { lastAtOrBefore } from './data.js';
import { canvas, path, scale, shape, ticks, yAxis } from './draw.js';
import { signed, words } from './format.js';

/** The places of a direction's evaluations within a trade's window. */
export function evaluationsIn(run, trade, view) {
  const log = run.evaluations[trade.buy ? 'BUY' : 'SELL'];
  const from = run.bars.at[view.first];
  const to = run.bars.at[view.last] + run.step;
  const places = [];
  for (
    let place = Math.max(0, lastAtOrBefore(log.at, from));
    place < log.at.length && log.at[place] <= to;
    place += 1
  ) {
    if (log.at[place] > from) places.push(place);
  }
  return { log, places };
}

/** The bands between the thresholds, from the best to the worst. */
function bandsOf({ l1Score, l1ClearScore, l2Score, hedgeScore }, low, high) {
  return [
    { from: l1ClearScore, to: high, state: 'HEALTHY' },
    { from: l2Score, to: l1Score, state: 'WARNING_L1' },
    { from: hedgeScore, to: l2Score, state: 'WARNING_L2' },
    { from: low, to: hedgeScore, state: 'HEDGED' },
  ];
}

export function scoreChart(run, trade, view, { x, box: priceBox }) {
  const width = x(view.count) + 12;
  const height = 190;
  const box = { ...priceBox, top: 8, bottom: height - 10 };
  const chart = canvas(width, height, 'Score over time; below the thresholds the trade is defended');
  const { log, places } = evaluationsIn(run, trade, view);
  const scores = places.map((place) => log.score[place]).filter((score) => !Number.isNaN(score));
  const rules = run.thresholds;
  const low = Math.min(rules === null ? -2 : rules.hedgeScore - 1, ...scores) - 0.3;
  const high = Math.max(rules === null ? 2 : rules.recoverScore + 1, ...scores) + 0.3;
  const y = scale(low, high, box.bottom, box.top);
  if (rules !== null) {
    for (const { from, to, state } of bandsOf(rules, low, high)) {
      chart.append(
        shape('rect', {
          x: box.left,
          y: y(to),
          width: box.right - box.left,
          height: y(from) - y(to),
          class: `band ${state}`,
        }),
      );
    }
    const marks = [
      [rules.recoverScore, 'recovered'],
      [rules.l1ClearScore, 'calm'],
      [rules.l1Score, 'L1'],
      [rules.l2Score, 'L2'],
      [rules.hedgeScore, 'hedge'],
    ];
    for (const [score, name] of marks) {
      chart.append(
        shape('line', { x1: box.left, x2: box.right, y1: y(score), y2: y(score), class: 'threshold' }),
        shape(
          'text',
          { x: box.left - 6, y: y(score) + 4, 'text-anchor': 'end', class: 'tick' },
          signed(score, 0),
        ),
        shape('text', { x: box.left + 5, y: y(score) - 3, class: 'tick' }, name),
      );
    }
    const known = places.filter((place) => !Number.isNaN(log.score[place]));
    chart.append(
      shape('path', {
        d: path(
          known.map((place) => [x(view.barsAt(log.at[place])), y(log.score[place])]),
          true,
        ),
        class: 'line score',
      }),
    );
  } else yAxis(chart, y, ticks(low, high, 5), { ...box, text: (value) => signed(value, 0) });
  for (const { at, from, to, score } of trade.transitions) {
    if (score === null) continue;
    chart.append(
      shape(
        'circle',
        { cx: x(view.barsAt(at)), cy: y(score), r: 5.5, class: `node ${to}` },
        shape('title', {}, `${words(from)} to ${words(to)} at ${signed(score, 2)}`),
      ),
    );
  }
  return { chart };
}

export function contributionChart(run, trade, view, { x, box: priceBox }) {
  const width = x(view.count) + 12;
  const height = 190;
  const box = { ...priceBox, top: 8, bottom: height - 10 };
  const chart = canvas(width, height, 'What each of the six signals added to the score');
  const { log, places } = evaluationsIn(run, trade, view);
  // Where evaluations are denser than pixels the last of each pixel pair stands for the others.
  const size = Math.max(1, Math.ceil((places.length * 2) / (box.right - box.left)));
  const drawn = places.filter((_, index) => index % size === size - 1);
  const heights = drawn.map((place) => {
    const parts = log.parts.map((column) => column[place]).filter((part) => !Number.isNaN(part));
    const sum = (side) => parts.filter((part) => part * side > 0).reduce((total, part) => total + part, 0);
    return [sum(-1), sum(1)];
  });
  const low = Math.min(-2, ...heights.map(([down]) => down));
  const high = Math.max(2, ...heights.map(([, up]) => up));
  const y = scale(low, high, box.bottom, box.top);
  yAxis(chart, y, ticks(low, high, 4), {
    ...box,
    text: (value) => signed(value, Number.isInteger(value) ? 0 : 1),
  });
  const slot = run.thresholds === null ? 6 : Math.max(1, ((box.right - box.left) / view.count) * size * 0.8);
  for (const place of drawn) {
    // Below the bar whose close it was made at.
    const middle = x(Math.max(0, view.barsAt(log.at[place]) - 0.5));
    let [down, up] = [0, 0];
    for (const [index, column] of log.parts.entries()) {
      const part = column[place];
      if (Number.isNaN(part) || part === 0) continue;
      const from = part < 0 ? down : up;
      if (part < 0) down += part;
      else up += part;
      const [top, bottom] = [y(Math.max(from, from + part)), y(Math.min(from, from + part))];
      chart.append(
        shape('rect', {
          x: middle - slot / 2,
          y: top,
          width: slot,
          height: Math.max(0.5, bottom - top),
          class: `signal s${index}`,
        }),
      );
    }
  }
  return { chart };
}
