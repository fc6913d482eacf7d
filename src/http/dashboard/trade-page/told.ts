// Owns what the charts of a trade show, told as tables.
import type { BarJson, EvaluationJson } from '../data/json.js';
import { button, h } from '../ui/dom.js';
import { signed } from '../ui/format.js';
import { KEPT } from '../ui/keep-focus.js';
import { stateBadge } from '../ui/state-badge.js';
import type { StateBand, StopStep } from './story.js';
import { type PageFormat, table as tableOf } from './tables.js';

/** Rows of the longest. */
const MOST = 40;

/** What is told, oldest first. */
export interface ChartData {
  readonly bands: readonly StateBand[];
  readonly stops: readonly StopStep[];
  readonly bars: readonly BarJson[];
  readonly evaluations: readonly EvaluationJson[];
}

/** @param choose - hears the moment of an evaluation that was pressed, as by pressing its point */
export function chartTables(
  { bands, stops, bars, evaluations }: ChartData,
  { preferences, account, price }: PageFormat,
  choose: (evaluatedAt: string | undefined) => void,
): readonly HTMLElement[] {
  const when = (at: number | string | undefined) => preferences.time(at, 'full', account);
  return [
    table(
      ['State', 'From', 'Until'],
      bands.map(({ state, from, to, heard }) =>
        row(
          stateBadge(state),
          heard ? when(from) : 'before the log begins',
          to === undefined ? 'now' : when(to),
        ),
      ),
    ),
    table(
      ['Stop', 'From'],
      stops.map(({ at, stop }) => row(price(stop), when(at))),
    ),
    table(
      ['Evaluated', 'Score', 'Sentence'],
      evaluations.slice(-MOST).map(({ evaluatedAt, score, summary }) =>
        row(
          button(when(evaluatedAt), { class: 'small', [KEPT]: evaluatedAt }, () => choose(evaluatedAt)),
          signed(score, 2),
          summary,
        ),
      ),
    ),
    table(
      ['Bar', 'Open', 'High', 'Low', 'Close'],
      bars
        .slice(-MOST)
        .map(({ openTime, open, high, low, close }) =>
          row(when(openTime), ...[open, high, low, close].map(price)),
        ),
    ),
  ];
}

function table(heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  return tableOf(heads, rows, 'list');
}

function row(...cells: readonly (Node | string)[]): HTMLElement {
  return h('tr', {}, ...cells.map((cell) => h('td', {}, cell)));
}
