// Owns the picture of how many trades were in each state over time, up to now: areas stacked on each other.
import type { ListStateHistoryResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { AppContext } from '../app-context.js';
import { problemText } from '../data/api.js';
import { type Chart, createChart } from '../ui/chart.js';
import { h, setText } from '../ui/dom.js';
import { integer } from '../ui/format.js';
import type { Preferences } from '../ui/preferences.js';
import { stateShape } from '../ui/state-badge.js';
import { HEALTHY_OR_NOT, OPEN_STATES, type StateLook } from '../ui/states.js';
import { countOf, latest, type Points, presentPoint, sinceTheFirst, sum } from './state-points.js';

const SPANS: readonly (readonly [string, number])[] = [
  ['1 h', 3_600_000],
  ['6 h', 6 * 3_600_000],
  ['24 h', 24 * 3_600_000],
  ['7 d', 7 * 24 * 3_600_000],
];
/** Samples of an hour are 15 s apart, and the end of the picture follows the trades by itself. */
const EVERY_MS = 20_000;
/** How soon the picture's end follows the trades. */
const NOW_MS = 250;
const HEIGHT = 150;
/** The highest area is drawn first, and those below it over it. */
const STACKED = [...OPEN_STATES].reverse();

/** How a state of the log is shown: healthy is never more than it says. */
function pastLook(look: StateLook): StateLook {
  return look.state === 'TRADE_STATE_HEALTHY' ? HEALTHY_OR_NOT : look;
}

/** Puts it into an element; the answer takes it down. */
export function stateHistory(element: HTMLElement, context: AppContext): () => void {
  const history = new StateHistory(element, context);
  return () => history.end();
}

class StateHistory {
  readonly #context: AppContext;
  readonly #ended = new AbortController();
  readonly #note = h('p', { class: 'soft note', role: 'status' });
  readonly #legend: Legend;
  readonly #chart: Chart;
  readonly #undo: readonly (() => void)[];
  #span = SPANS[0]?.[1] ?? 0;
  #sampled: Points = [];
  /** The samples, and what is now. */
  #points: Points = [];
  #changed = false;
  /** True while the legend tells of the moment under the cursor. */
  #pointed = false;

  constructor(element: HTMLElement, context: AppContext) {
    this.#context = context;
    this.#legend = legendOf(context.preferences);
    const place = h('div');
    const spans = spanPicker(this.#span, (ms) => {
      this.#span = ms;
      void this.#refresh();
    });
    element.append(
      h('div', { class: 'head' }, h('h2', {}, 'States over time'), spans),
      place,
      this.#legend.element,
      this.#note,
    );
    this.#chart = createChart(place, {
      label: 'Trades in each state over time; the numbers are in the legend below',
      height: HEIGHT,
      preferences: context.preferences,
      series: STACKED.map(pastLook).map(({ name, color }) => ({ label: name, color, kind: 'area' })),
      format: (value) => (Number.isInteger(value) ? integer(value) : ''),
      range: (_min, max) => [0, Math.max(4, Math.ceil(max * 1.05))],
      onCursor: (index) => {
        this.#pointed = index !== undefined;
        this.#legend.show(this.#points[index ?? this.#points.length - 1]);
      },
    });
    void this.#refresh();
    this.#undo = this.#follow();
  }

  end(): void {
    for (const undo of this.#undo) undo();
    this.#ended.abort();
    this.#chart.destroy();
  }

  /** Draws after changes, and asks every so often; the answer ends it. */
  #follow(): readonly (() => void)[] {
    const { fleet } = this.#context;
    const mark = () => {
      this.#changed = true;
    };
    const timers = [
      setInterval(() => {
        if (!document.hidden) void this.#refresh();
      }, EVERY_MS),
      setInterval(() => {
        if (this.#changed && !document.hidden) this.#draw();
      }, NOW_MS),
    ];
    const stop = () => {
      for (const timer of timers) clearInterval(timer);
    };
    return [fleet.onChange(mark), fleet.onReset(mark), stop];
  }

  #draw(): void {
    const { fleet, clock } = this.#context;
    this.#changed = false;
    const now = fleet.complete ? [presentPoint(fleet.all(), latest(this.#sampled, clock.now()))] : [];
    const points = sinceTheFirst([...this.#sampled, ...now]);
    this.#points = points;
    // One moment has no course: its axis would be years long.
    const drawn = points.length < 2 ? [] : points;
    const counts = OPEN_STATES.map(({ state }) => drawn.map((point) => countOf(point, state)));
    const sums = counts.map((_, level) => drawn.map((_point, at) => sum(counts.slice(0, level + 1), at)));
    this.#chart.setData(
      drawn.map(({ time }) => Date.parse(time ?? '')),
      ...[...sums].reverse(),
    );
    if (!this.#pointed) this.#legend.show(points.at(-1));
  }

  async #refresh(): Promise<void> {
    const { api, clock } = this.#context;
    const startTime = new Date(clock.now() - this.#span).toISOString();
    try {
      const answer = await api.get<ListStateHistoryResponse>(
        '/v1/dtms/trades:stateHistory',
        { startTime },
        this.#ended,
      );
      this.#sampled = answer.points;
      this.#draw();
      setText(this.#note, this.#points.length === 0 ? 'The log has nothing for this time.' : '');
    } catch (error) {
      if (!this.#ended.signal.aborted) setText(this.#note, `Not known: ${problemText(error)}`);
    }
  }
}

/** The lengths of time to choose from. */
function spanPicker(span: number, choose: (ms: number) => void): HTMLElement {
  const picks = SPANS.map(([name, ms]) => {
    const pick = h('button', { type: 'button', 'aria-pressed': String(ms === span) }, name);
    pick.addEventListener('click', () => {
      for (const [index, each] of picks.entries())
        each.setAttribute('aria-pressed', String(SPANS[index]?.[1] === ms));
      choose(ms);
    });
    return pick;
  });
  return h('div', { class: 'segments', role: 'group', 'aria-label': 'Span' }, ...picks);
}

interface Legend {
  readonly element: HTMLElement;
  show(point: Points[number] | undefined): void;
}

/** Each state with its number of trades at a moment. */
function legendOf(preferences: Preferences): Legend {
  const moment = h('span', { class: 'soft' });
  const entries = OPEN_STATES.map((look) => ({ look, value: h('b') }));
  return {
    element: h(
      'p',
      { class: 'legend' },
      ...entries.map(({ look, value }) => {
        const shown = pastLook(look);
        return h('span', { class: 'state' }, stateShape(shown), shown.name, ' ', value);
      }),
      moment,
    ),
    show: (point) => {
      for (const { look, value } of entries)
        setText(value, point === undefined ? '' : integer(countOf(point, look.state)));
      setText(moment, point === undefined ? '' : preferences.time(point.time, 'full'));
    },
  };
}
