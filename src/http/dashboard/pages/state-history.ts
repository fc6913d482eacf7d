// Owns the picture of how many trades were in each state over time, up to now: areas stacked on each other.
import type { ListStateHistoryResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { AppContext } from '../app-context.js';
import { problemText } from '../data/api.js';
import { createChart } from '../ui/chart.js';
import { h, setText } from '../ui/dom.js';
import { integer } from '../ui/format.js';
import { stateShape } from '../ui/state-badge.js';
import { OPEN_STATES } from '../ui/states.js';
import { countOf, latest, type Points, presentPoint, sinceTheFirst, sum } from './state-points.js';

const SPANS: readonly (readonly [string, number])[] = [
  ['1 h', 3_600_000],
  ['6 h', 6 * 3_600_000],
  ['24 h', 24 * 3_600_000],
  ['7 d', 7 * 24 * 3_600_000],
];
const EVERY_MS = 10_000;
/** How soon the picture's end follows the trades. */
const NOW_MS = 250;
const HEIGHT = 150;

/** Puts it into an element; the answer takes it down. */
export function stateHistory(element: HTMLElement, { api, clock, fleet, settings }: AppContext): () => void {
  const ended = new AbortController();
  const note = h('p', { class: 'soft note', role: 'status' });
  const place = h('div');
  const values = new Map(OPEN_STATES.map(({ state }) => [state, h('b')]));
  const moment = h('span', { class: 'soft' });
  let span = SPANS[0]?.[1] ?? 0;
  let sampled: Points = [];
  /** The samples, and what is now. */
  let points: Points = [];
  let changed = false;
  /** True while the legend tells of the moment under the cursor. */
  let pointed = false;
  const picks = SPANS.map(([name, ms]) => {
    const pick = h('button', { type: 'button', 'aria-pressed': String(ms === span) }, name);
    pick.addEventListener('click', () => {
      span = ms;
      for (const [index, each] of picks.entries())
        each.setAttribute('aria-pressed', String(SPANS[index]?.[1] === ms));
      void refresh();
    });
    return pick;
  });
  element.append(
    h(
      'div',
      { class: 'head' },
      h('h2', {}, 'States over time'),
      h('div', { class: 'segments', role: 'group', 'aria-label': 'Span' }, ...picks),
    ),
    place,
    h(
      'p',
      { class: 'legend' },
      ...OPEN_STATES.map((look) =>
        h('span', { class: 'state' }, stateShape(look), look.name, ' ', values.get(look.state)),
      ),
      moment,
    ),
    note,
  );
  // The highest area is drawn first, and those below it over it.
  const stacked = [...OPEN_STATES].reverse();
  const chart = createChart(place, {
    label: 'Trades in each state over time; the numbers are in the legend below',
    height: HEIGHT,
    settings,
    series: stacked.map(({ name, color }) => ({ label: name, color, kind: 'area' })),
    format: (value) => (Number.isInteger(value) ? integer(value) : ''),
    range: (_min, max) => [0, Math.max(4, Math.ceil(max * 1.05))],
    onCursor: (index) => {
      pointed = index !== undefined;
      showAt(index ?? points.length - 1);
    },
  });

  function showAt(index: number): void {
    const point = points[index];
    for (const { state } of OPEN_STATES) {
      const node = values.get(state);
      if (node !== undefined) setText(node, point === undefined ? '' : integer(countOf(point, state)));
    }
    setText(moment, point === undefined ? '' : settings.time(point.time, 'full'));
  }

  function draw(): void {
    changed = false;
    const now = fleet.complete ? [presentPoint(fleet.all(), latest(sampled, clock.now()))] : [];
    points = sinceTheFirst([...sampled, ...now]);
    const counts = OPEN_STATES.map(({ state }) => points.map((point) => countOf(point, state)));
    const sums = counts.map((_, level) => points.map((_point, at) => sum(counts.slice(0, level + 1), at)));
    chart.setData(
      points.map(({ time }) => Date.parse(time ?? '')),
      ...[...sums].reverse(),
    );
    if (!pointed) showAt(points.length - 1);
  }

  async function refresh(): Promise<void> {
    const end = clock.now();
    const startTime = new Date(end - span).toISOString();
    try {
      const answer = await api.get<ListStateHistoryResponse>(
        '/v1/dtms/trades:stateHistory',
        { startTime },
        ended,
      );
      sampled = answer.points;
      draw();
      setText(note, points.length === 0 ? 'The log has nothing of this time.' : '');
    } catch (error) {
      if (!ended.signal.aborted) setText(note, `No history: ${problemText(error)}`);
    }
  }

  void refresh();
  const mark = () => {
    changed = true;
  };
  const undo = [fleet.onChange(mark), fleet.onReset(mark)];
  const timers = [
    setInterval(() => {
      if (!document.hidden) void refresh();
    }, EVERY_MS),
    setInterval(() => {
      if (changed && !document.hidden) draw();
    }, NOW_MS),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
    for (const unsubscribe of undo) unsubscribe();
    ended.abort();
    chart.destroy();
  };
}
