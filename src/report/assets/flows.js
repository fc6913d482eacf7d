// Where trades went: transitions as arcs between the six states, results as a histogram, plans as bars.
import { canvas, element, scale, shape, ticks, whenSized, yAxis } from './draw.js';
import { grouped, inR, words } from './format.js';
import { measured } from './headline.js';

const SHORT = {
  HEALTHY: 'Healthy',
  WARNING_L1: 'L1',
  WARNING_L2: 'L2',
  HEDGED: 'Hedged',
  RECOVERING: 'Recov.',
  CLOSED: 'Closed',
};

function arcsOf(run) {
  return Object.entries(run.summary.transitions).map(([name, count]) => {
    const [from, to] = name.split('>');
    return { from, to, count, start: run.states.indexOf(from), end: run.states.indexOf(to) };
  });
}

function drawArcs(run, holder, width) {
  const arcs = arcsOf(run).sort((a, b) => b.count - a.count);
  const unit = width < 480 ? 24 : 34;
  const margin = width < 480 ? 30 : 52;
  const middle = unit * 5 + 26;
  const lowest = Math.max(
    1,
    ...arcs.filter(({ start, end }) => end < start).map(({ start, end }) => start - end),
  );
  const height = middle + 40 + unit * lowest + 14;
  const chart = canvas(
    width,
    height,
    'Transitions between the six states; every count is in the table below',
  );
  const x = scale(0, run.states.length - 1, margin, width - margin);
  const most = Math.max(1, ...arcs.map(({ count }) => count));
  const thick = (count) => 1.5 + 15 * Math.sqrt(count / most);
  const labels = [];
  for (const { from, to, count, start, end } of arcs) {
    const title = shape('title', {}, `${words(from)} to ${words(to)}: ${grouped(count)}`);
    const look = { class: `arc ${to}`, 'stroke-width': thick(count).toFixed(1) };
    if (start === end) {
      const [left, right] = [x(start) - 14, x(start) + 14];
      chart.append(
        shape(
          'path',
          {
            ...look,
            d: `M${left} ${middle + 18}C${left - 16} ${middle + 62} ${right + 16} ${middle + 62} ${right} ${middle + 18}`,
          },
          title,
        ),
      );
      labels.push([x(start), middle + 70, count]);
      continue;
    }
    const worse = end > start;
    const base = worse ? middle - 18 : middle + 18;
    const rise = unit * Math.abs(end - start);
    // Arcs leave a little right of the middle and arrive a little left of it, so that both ways can be told apart.
    const [from0, to0] = worse ? [x(start) + 6, x(end) - 6] : [x(start) - 6, x(end) + 6];

    const d = `M${from0} ${base}A${Math.abs(to0 - from0) / 2} ${rise} 0 0 1 ${to0} ${base}`;
    chart.append(shape('path', { ...look, d }, title));
    labels.push([(from0 + to0) / 2, worse ? base - rise + 4 : base + rise + 4, count]);
  }
  for (const [at, y, count] of labels) {
    chart.append(shape('text', { x: at, y, 'text-anchor': 'middle', class: 'count' }, grouped(count)));
  }
  for (const [index, state] of run.states.entries()) {
    const half = width < 480 ? 25 : 40;
    chart.append(
      shape('rect', {
        x: x(index) - half,
        y: middle - 15,
        width: half * 2,
        height: 30,
        rx: 15,
        class: `node ${state}`,
      }),
      shape(
        'text',
        {
          x: x(index),
          y: middle + 5,
          'text-anchor': 'middle',
          class: `node-name ${state}${width < 480 ? ' small' : ''}`,
        },
        width < 560 ? SHORT[state] : words(state),
      ),
    );
  }
  chart.append(
    shape('text', { x: 8, y: 18, class: 'tick' }, 'getting worse ⟶'),
    shape('text', { x: width - 8, y: height - 8, 'text-anchor': 'end', class: 'tick' }, '⟵ getting better'),
  );
  holder.replaceChildren(chart);
}

function transitionTable(run) {
  const counts = run.summary.transitions;
  const head = element(
    'tr',
    {},
    element('th', {}, 'from \\ to'),
    ...run.states.map((to) => element('th', { scope: 'col' }, words(to))),
  );
  const rows = run.states.map((from) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, words(from)),
      ...run.states.map((to) =>
        element('td', {}, counts[`${from}>${to}`] === undefined ? '' : grouped(counts[`${from}>${to}`])),
      ),
    ),
  );
  return element('table', { class: 'matrix' }, element('thead', {}, head), element('tbody', {}, ...rows));
}

const BIN = 0.25;

function binsOf(values, low, bins) {
  const counts = new Array(bins).fill(0);
  for (const value of values)
    counts[Math.max(0, Math.min(bins - 1, Math.floor((value - low) / BIN + 1e-9)))] += 1;
  return counts;
}

function drawResults(run, holder, width) {
  const trades = measured(run);
  const results = trades.flatMap(({ withDtms, without }) => [withDtms[0], without[0]]);
  if (results.length === 0) return;
  const low = Math.max(-4, Math.floor(Math.min(...results) / BIN) * BIN);
  const high = Math.min(6, Math.ceil((Math.max(...results) + 1e-9) / BIN) * BIN);
  const bins = Math.max(1, Math.round((high - low) / BIN));
  const guarded = binsOf(
    trades.map(({ withDtms }) => withDtms[0]),
    low,
    bins,
  );
  const alone = binsOf(
    trades.map(({ without }) => without[0]),
    low,
    bins,
  );
  const height = 260;
  const box = { left: 40, right: width - 10, top: 12, bottom: height - 34 };
  const chart = canvas(width, height, 'How many trades ended at which result, with DTMS and without');
  const most = Math.max(...guarded, ...alone);
  const x = scale(low, high, box.left, box.right);
  const y = scale(0, most, box.bottom, box.top);
  yAxis(chart, y, ticks(0, most, 4), { ...box, text: grouped });
  const wide = (box.right - box.left) / bins;
  for (let bin = 0; bin < bins; bin += 1) {
    const from = low + bin * BIN;
    const title = `${inR(from)} to ${inR(from + BIN)}: ${guarded[bin]} with DTMS, ${alone[bin]} without`;
    chart.append(
      shape(
        'g',
        {},
        shape('title', {}, title),
        shape('rect', { x: x(from), y: box.top, width: wide, height: box.bottom - box.top, class: 'hit' }),
        shape('rect', {
          x: x(from) + 1,
          y: y(guarded[bin]),
          width: Math.max(1, wide - 2),
          height: box.bottom - y(guarded[bin]),
          class: 'bar with',
        }),
        shape('path', { d: `M${x(from)} ${y(alone[bin])}h${wide}`, class: 'line without' }),
        bin === 0
          ? null
          : shape('path', {
              d: `M${x(from)} ${y(alone[bin - 1])}V${y(alone[bin])}`,
              class: 'line without thin',
            }),
      ),
    );
  }
  for (const value of ticks(low, high, width / 80)) {
    const place = { x: x(value), y: height - 14, 'text-anchor': 'middle', class: 'tick' };
    chart.append(shape('text', place, inR(value, Number.isInteger(value) ? 0 : 1)));
  }
  holder.replaceChildren(chart);
}

/** The last step of every action, by type. */
function fatesOf(run) {
  const fates = new Map();
  const note = (type, status) => {
    const counts = fates.get(type) ?? new Map();
    counts.set(status, (counts.get(status) ?? 0) + 1);
    fates.set(type, counts);
  };
  for (const { actions } of run.trades) {
    const last = new Map();
    for (const step of actions) {
      if (step.id === -1) note(step.type, 'SUPPRESSED');
      else last.set(step.id, step);
    }
    for (const { type, status } of last.values()) note(type, status);
  }
  return fates;
}

const FATES = [
  'DONE',
  'EXECUTING',
  'LEASED',
  'PENDING',
  'IN_DOUBT',
  'REJECTED',
  'DEAD',
  'EXPIRED',
  'SUPPRESSED',
];

function showActions(run, holder) {
  const fates = [...fatesOf(run)].map(([type, counts]) => ({
    type,
    counts,
    total: [...counts.values()].reduce((sum, count) => sum + count, 0),
  }));
  fates.sort((a, b) => b.total - a.total);
  const most = Math.max(1, ...fates.map(({ total }) => total));
  const seen = FATES.filter((fate) => fates.some(({ counts }) => counts.has(fate)));
  holder.replaceChildren(
    element(
      'p',
      { class: 'legend' },
      ...seen.map((fate) => element('span', {}, element('i', { class: `fate ${fate}` }), words(fate))),
    ),
    ...fates.map(({ type, counts, total }) =>
      element(
        'div',
        { class: 'fate-row' },
        element('span', { class: 'fate-name' }, words(type)),
        element(
          'span',
          { class: 'fate-bar', style: `--share: ${(total / most) * 100}%` },
          ...seen
            .filter((fate) => counts.has(fate))
            .map((fate) =>
              element('i', {
                class: `fate ${fate}`,
                style: `flex: ${counts.get(fate)}`,
                title: `${words(fate)}: ${counts.get(fate)}`,
              }),
            ),
        ),
        element('span', { class: 'fate-count' }, grouped(total)),
      ),
    ),
  );
  const reasons = new Map();
  for (const { actions } of run.trades) {
    for (const { status, reason } of actions)
      if (status === 'SUPPRESSED') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (reasons.size === 0) return;
  const told = [...reasons]
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${words(reason).toLowerCase()} ${grouped(count)}`);
  holder.append(element('p', { class: 'hint' }, `Suppressed because: ${told.join(', ')}.`));
}

export function showFlows(run) {
  const arcs = document.querySelector('#arcs');
  whenSized(arcs, (width) => drawArcs(run, arcs, width));
  document.querySelector('#matrix').append(transitionTable(run));
  const results = document.querySelector('#results');
  whenSized(results, (width) => drawResults(run, results, width));
  showActions(run, document.querySelector('#actions'));
}

/** What the colours of the states mean. */
export function stateLegend(run) {
  return element(
    'p',
    { class: 'legend' },
    ...run.states
      .filter((state) => state !== 'CLOSED')
      .map((state) => element('span', {}, element('i', { class: `swatch ${state}` }), words(state))),
    element('span', {}, element('i', { class: 'swatch alone' }), 'the trade left alone goes on'),
  );
}
