// Owns the picture of how many trades were in each state over time: areas stacked on each other.
import type { ListStateHistoryResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { AppContext } from '../app-context.js';
import { problemText } from '../data/api.js';
import type { StateHistoryJson } from '../data/json.js';
import { createChart } from '../ui/chart.js';
import { h, setText } from '../ui/dom.js';
import { integer } from '../ui/format.js';
import { stateShape } from '../ui/state-badge.js';
import { OPEN_STATES } from '../ui/states.js';

const SPANS: readonly (readonly [string, number])[] = [
  ['1 h', 3_600_000],
  ['6 h', 6 * 3_600_000],
  ['24 h', 24 * 3_600_000],
  ['7 d', 7 * 24 * 3_600_000],
];
const EVERY_MS = 10_000;
const HEIGHT = 150;

/** Puts it into an element; the answer takes it down. */
export function stateHistory(element: HTMLElement, { api, clock, settings }: AppContext): () => void {
  const ended = new AbortController();
  const note = h('p', { class: 'soft note', role: 'status' });
  const place = h('div');
  const values = new Map(OPEN_STATES.map(({ state }) => [state, h('b')]));
  const moment = h('span', { class: 'soft' });
  let span = SPANS[0]?.[1] ?? 0;
  let points: StateHistoryJson['points'] = [];
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
    onCursor: (index) => showAt(index ?? points.length - 1),
  });

  function showAt(index: number): void {
    const point = points[index];
    for (const { state } of OPEN_STATES) {
      const node = values.get(state);
      if (node !== undefined) setText(node, point === undefined ? '' : integer(countOf(point, state)));
    }
    setText(moment, point === undefined ? '' : settings.time(point.time, 'full'));
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
      points = sinceTheFirst(answer.points);
      const counts = OPEN_STATES.map(({ state }) => points.map((point) => countOf(point, state)));
      const sums = counts.map((_, level) => points.map((_point, at) => sum(counts.slice(0, level + 1), at)));
      chart.setData(
        points.map(({ time }) => Date.parse(time ?? '')),
        ...[...sums].reverse(),
      );
      showAt(points.length - 1);
      setText(note, points.length === 0 ? 'The log has nothing of this time.' : '');
    } catch (error) {
      if (!ended.signal.aborted) setText(note, `No history: ${problemText(error)}`);
    }
  }

  void refresh();
  const timer = setInterval(() => {
    if (!document.hidden) void refresh();
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    ended.abort();
    chart.destroy();
  };
}

/** Without the time before there was any trade, but for its last moment. */
function sinceTheFirst(all: StateHistoryJson['points']): StateHistoryJson['points'] {
  const first = all.findIndex((point) => OPEN_STATES.some(({ state }) => countOf(point, state) > 0));
  return first === -1 ? all : all.slice(Math.max(0, first - 1));
}

function countOf(point: StateHistoryJson['points'][number], state: string): number {
  return Number(point.tradesByState.find((count) => count.state === state)?.trades ?? 0);
}

function sum(lists: readonly (readonly number[])[], at: number): number {
  return lists.reduce((total, list) => total + (list[at] ?? 0), 0);
}
