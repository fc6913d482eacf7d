// Owns the panel of a trade's charts: the lengths of bars to choose from, zooming, what they say at one moment, by pointer
// and by keys, and loading what draws them.
import { TIMEFRAMES, type Timeframe } from '../../../domain/market/data.js';
import type { ScoreLevels } from '../data/configuration.js';
import type { EvaluationJson } from '../data/json.js';
import { button, h, setText } from '../ui/dom.js';
import { signed, UNKNOWN, words } from '../ui/format.js';
import type { Preferences } from '../ui/preferences.js';
import { lookOf } from '../ui/states.js';
import type { Candles } from './candles.js';
import { levelsText, SIGNAL_LOOKS } from './chart-looks.js';
import { type Level, type PriceAxis, priceAxis } from './price-axis.js';
import { type ChartMoment, LEVELS, type LevelName, type Timeline } from './timeline.js';

/** What the charts show. */
export interface Pictures {
  readonly timeline: Timeline;
  readonly timeframe: Timeframe;
  /** The levels in force now, and the last swings, which the axis keeps in sight or names. */
  readonly now: readonly Level[];
}

interface TradeChartsOptions {
  readonly preferences: Preferences;
  readonly account: string;
  readonly format: (value: number) => string;
  /** Hears which evaluation was pressed. */
  readonly choose: (evaluation: EvaluationJson | undefined) => void;
  readonly chooseTimeframe: (timeframe: Timeframe) => void;
}

const KEYS =
  'arrows move through the bars, + and − zoom, 0 shows the whole trade, Enter shows the evaluation';

export class TradeCharts {
  readonly element: HTMLElement;
  readonly #options: TradeChartsOptions;
  readonly #place = h('div', {
    class: 'candles',
    tabindex: 0,
    role: 'group',
    'aria-label': `Price, score and signals; ${KEYS}; the tables below have the same numbers`,
  });
  readonly #readout = h('p', { class: 'legend readout', 'aria-live': 'polite' });
  readonly #signals = h('p', { class: 'legend' });
  readonly #far = h('p', { class: 'soft' });
  readonly #levels = h('p', { class: 'soft' });
  readonly #problem = h('p', { class: 'problem', role: 'status', hidden: true });
  readonly #timeframes: readonly HTMLButtonElement[];
  readonly #values = SIGNAL_LOOKS.map(() => h('b', {}, UNKNOWN));
  #candles: Candles | undefined;
  #pictures: Pictures | undefined;
  #scoreLevels: ScoreLevels | undefined;
  /** The moment that is told; the newest while none is pointed at. */
  #index: number | undefined;
  #isOver = false;

  constructor(options: TradeChartsOptions) {
    this.#options = options;
    this.#timeframes = TIMEFRAMES.map((each) =>
      button(each, { 'aria-pressed': 'false' }, () => options.chooseTimeframe(each)),
    );
    const zooms = [
      button('−', { 'aria-label': 'Zoom out' }, () => this.#candles?.zoom('out')),
      button('+', { 'aria-label': 'Zoom in' }, () => this.#candles?.zoom('in')),
      button('Fit', { title: 'Show the whole trade' }, () => this.#candles?.fit()),
    ];
    this.#signals.append(
      ...SIGNAL_LOOKS.map(({ signal, color, style }, index) => {
        const line = h('i', { class: `line n${[0, 2, 1][style]}`, 'aria-hidden': 'true' });
        line.style.color = `var(${color})`;
        return h('span', {}, line, `${words(signal, 'SIGNAL_')} `, this.#values[index]);
      }),
    );
    this.element = h(
      'div',
      { class: 'charts' },
      h(
        'div',
        { class: 'toolbar' },
        h(
          'div',
          { class: 'segments', role: 'group', 'aria-label': 'Length of the bars' },
          ...this.#timeframes,
        ),
        h('div', { class: 'segments', role: 'group', 'aria-label': 'Zoom' }, ...zooms),
      ),
      this.#readout,
      this.#problem,
      this.#place,
      this.#signals,
      this.#far,
      this.#levels,
      h('p', { class: 'soft credit' }, 'Charts: ', h('a', CREDIT, 'TradingView Lightweight Charts')),
    );
    this.#place.addEventListener('keydown', (event) => this.#pressed(event));
    void this.#load();
  }

  show(pictures: Pictures): void {
    const before = this.#pictures;
    this.#pictures = pictures;
    for (const [index, each] of this.#timeframes.entries())
      each.setAttribute('aria-pressed', String(TIMEFRAMES[index] === pictures.timeframe));
    const isOther = before?.timeframe !== pictures.timeframe || before.timeline.moments.length === 0;
    if (isOther) this.#index = undefined;
    this.#candles?.show(pictures.timeline, isOther ? 'fit' : 'keep');
    this.#tell();
  }

  showLevels(levels: ScoreLevels): void {
    this.#scoreLevels = levels;
    this.#candles?.showLevels(levels);
    setText(this.#levels, levelsText(levels));
  }

  destroy(): void {
    this.#isOver = true;
    this.#candles?.destroy();
  }

  async #load(): Promise<void> {
    let loaded: typeof import('./candles.js');
    try {
      loaded = await import('./candles.js');
    } catch {
      // Another version of the server has other files.
      this.#problem.hidden = false;
      setText(
        this.#problem,
        'The charts could not be loaded. Load the page again; the tables below are complete.',
      );
      return;
    }
    if (this.#isOver) return;
    const { preferences, account, format, choose } = this.#options;
    this.#candles = new loaded.Candles(this.#place, {
      ...{ preferences, account, format },
      axis: (prices) => this.#axis(prices),
      pointed: (index) => {
        this.#index = index;
        this.#tell();
      },
      chosen: (index) => choose(this.#moment(index)?.evaluation),
    });
    if (this.#pictures !== undefined) this.#candles.show(this.#pictures.timeline, 'fit');
    if (this.#scoreLevels !== undefined) this.#candles.showLevels(this.#scoreLevels);
  }

  #moment(index: number | undefined): ChartMoment | undefined {
    const moments = this.#pictures?.timeline.moments ?? [];
    return index === undefined ? moments.at(-1) : moments[index];
  }

  #axis(prices: readonly number[]): PriceAxis | undefined {
    const axis = priceAxis(prices, this.#pictures?.now ?? []);
    const far = (arrow: string, levels: readonly Level[]) =>
      levels.map(({ name, price }) => `${arrow} ${name} ${this.#options.format(price)}`);
    const all = [...far('▲', axis.above), ...far('▼', axis.below)];
    setText(this.#far, all.length === 0 ? '' : `Beyond the axis: ${all.join(', ')}`);
    return axis;
  }

  /** What the charts say at the moment that is pointed at. */
  #tell(): void {
    const moment = this.#moment(this.#index);
    const { preferences, account, format } = this.#options;
    const number = (value: number | undefined) => (value === undefined ? UNKNOWN : format(value));
    const { bar, evaluation, state } = moment ?? {};
    const level = (name: LevelName): readonly (readonly [string, string])[] =>
      moment?.[name] === undefined ? [] : [[name, number(moment[name])]];
    const facts: readonly (readonly [string, string])[] = [
      [moment === undefined ? '' : preferences.time(moment.at, 'full', account), ''],
      ['open', number(bar?.open)],
      ['high', number(bar?.high)],
      ['low', number(bar?.low)],
      ['close', number(bar?.close)],
      ...LEVELS.flatMap(level),
      ...(state === undefined ? [] : [['state', lookOf(state).name] as const]),
      ['score', signed(evaluation?.score, 2)],
    ];
    this.#readout.replaceChildren(
      ...facts.map(([name, value]) => h('span', {}, value === '' ? name : `${name} `, h('b', {}, value))),
    );
    for (const [index, value] of this.#values.entries()) {
      const signal = evaluation?.signals[index];
      setText(value, signal?.available === true ? signed(signal.contribution, 2) : UNKNOWN);
    }
  }

  #point(index: number): void {
    this.#candles?.point(index);
    this.#index = index;
    this.#tell();
  }

  #pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = (this.#pictures?.timeline.moments.length ?? 0) - 1;
    const at = this.#index ?? last;
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: last,
    };
    const place = to[event.key];
    if (place !== undefined) this.#point(Math.max(0, Math.min(last, place)));
    else if (event.key === '+' || event.key === '=') this.#candles?.zoom('in');
    else if (event.key === '-') this.#candles?.zoom('out');
    else if (event.key === '0') this.#candles?.fit();
    else if (event.key === 'Enter') this.#options.choose(this.#moment(this.#index)?.evaluation);
    else return;
    event.preventDefault();
  }
}

const CREDIT = { href: 'https://www.tradingview.com/', rel: 'noreferrer' };
