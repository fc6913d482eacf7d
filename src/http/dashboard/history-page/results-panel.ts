// Owns what the closed trades come to: the sum, the sum over time, and the sums by day, symbol, account and reason.

import type { AppContext } from '../app-context.js';
import { keepInAddress, presentQuery } from '../present-address.js';
import { createChart } from '../ui/chart.js';
import { type CsvColumn, csvText } from '../ui/csv.js';
import { button, h, scrolling, setText } from '../ui/dom.js';
import { integer, percent, rMultiple, signed, words } from '../ui/format.js';
import { sumsText } from '../ui/money.js';
import { offerFile } from '../ui/offer-file.js';
import type { Preferences } from '../ui/preferences.js';
import { type ClosedTrade, type ResultSum, runningR, sumOf, sumsBy } from './closed-trades.js';

export interface ResultsPanel {
  readonly element: HTMLElement;
  show(all: readonly ClosedTrade[]): void;
  end(): void;
}

const HEIGHT = 150;
/** Groups that are listed; the file has all. */
const MOST = 31;

const HEADS = [
  ['Trades', 'number'],
  ['Won', 'number'],
  ['Lost', 'number'],
  ['Result', 'number'],
  ['In money', 'number'],
  ['Best', 'number'],
  ['Worst', 'number'],
  ['Unknown', 'number'],
] as const;

type Grouping = 'Day' | 'Symbol' | 'Account' | 'Reason';
const GROUPINGS: readonly Grouping[] = ['Day', 'Symbol', 'Account', 'Reason'];

export function resultsPanel({ preferences }: AppContext): ResultsPanel {
  const facts = h('dl', { class: 'facts' });
  const place = h('div');
  const sums = sumsPart(preferences);
  const chart = createChart(place, {
    label: 'Sum of the results in R over time; the tables below have the same numbers',
    height: HEIGHT,
    preferences,
    series: [{ label: 'Sum', color: '--accent', kind: 'step', width: 2 }],
    format: (value) => rMultiple(value).replace('.00', ''),
  });
  return {
    element: h(
      'section',
      { class: 'panel' },
      h('div', { class: 'head' }, h('h2', {}, 'Results'), h('span', { class: 'soft' }, MEANING)),
      facts,
      place,
      ...sums.elements,
    ),
    show: (all) => {
      facts.replaceChildren(...factsOf(sumOf('', all)));
      const points = runningR(all);
      place.hidden = points.length < 2;
      chart.setData(
        points.map(({ at }) => at),
        points.map(({ sumR }) => sumR),
      );
      sums.show(all);
    },
    end: () => chart.destroy(),
  };
}

const MEANING =
  'In R: per lot, in units of the initial risk, without partial closes and hedges. In money: with both, with commission and swap, by the account’s currency.';

/** The sums by what the reader chose, which the address keeps. */
function sumsPart(preferences: Preferences): {
  readonly elements: readonly HTMLElement[];
  show(all: readonly ClosedTrade[]): void;
} {
  const names: Readonly<Record<Grouping, (closed: ClosedTrade) => string>> = {
    Day: ({ trade, closedAt }) => preferences.day(closedAt, trade.account),
    Symbol: ({ trade }) => trade.symbol,
    Account: ({ trade }) => trade.account,
    Reason: ({ trade }) => words(trade.closeReason, 'CLOSE_REASON_'),
  };
  const said = presentQuery().get('by');
  let grouping = GROUPINGS.find((each) => each === said) ?? 'Day';
  let shown: readonly ClosedTrade[] = [];
  const table = h('div');
  const more = h('p', { class: 'soft' });
  const sums = () => ordered(sumsBy(shown, names[grouping]), grouping);
  const show = () => {
    const all = sums();
    table.replaceChildren(sumTable(grouping, all.slice(0, MOST)));
    setText(more, all.length > MOST ? `And ${integer(all.length - MOST)} more, in the CSV file.` : '');
  };
  const picks = GROUPINGS.map((each) =>
    button(each, { 'aria-pressed': String(each === grouping) }, () => {
      grouping = each;
      for (const [index, pick] of picks.entries())
        pick.setAttribute('aria-pressed', String(GROUPINGS[index] === each));
      keepInAddress({ ...Object.fromEntries(presentQuery()), by: each === 'Day' ? '' : each });
      show();
    }),
  );
  const file = button('CSV', { 'aria-label': 'Keep the sums as a CSV file' }, () =>
    offerFile(`dtms-results-by-${grouping.toLowerCase()}.csv`, csvText(SUM_COLUMNS, sums())),
  );
  const choices = h('div', { class: 'segments', role: 'group', 'aria-label': 'Sums by' }, ...picks);
  return {
    elements: [h('div', { class: 'toolbar' }, choices, file), scrolling('Results', table), more],
    show: (all) => {
      shown = all;
      show();
    },
  };
}

/** The newest day first; else the largest result. */
function ordered(sums: readonly ResultSum[], grouping: Grouping): readonly ResultSum[] {
  return [...sums].sort((one, other) =>
    grouping === 'Day' ? other.name.localeCompare(one.name) : other.sumR - one.sumR,
  );
}

/** "+12.30 USD, −4.00 EUR, 2 not in it"; what is not known is in no sum and counted. */
function moneyText({ money, trades }: ResultSum): string {
  if (trades === 0) return '–';
  const text = sumsText(money);
  if (text === '') return 'not known';
  return money.unknown === 0 ? text : `${text}, ${integer(money.unknown)} not in it`;
}

function factsOf(sum: ResultSum): readonly HTMLElement[] {
  const { trades, won, lost, sumR, bestR, worstR, unknown } = sum;
  const known = trades - unknown;
  const facts: readonly (readonly [string, string])[] = [
    ['Closed trades', integer(trades)],
    ['Result', known === 0 ? '–' : rMultiple(sumR)],
    ['In money', moneyText(sum)],
    ['Average', known === 0 ? '–' : rMultiple(sumR / known)],
    ['Won', known === 0 ? '–' : `${integer(won)} (${percent(won / known, 0)})`],
    ['Lost', integer(lost)],
    ['Best', rMultiple(bestR)],
    ['Worst', rMultiple(worstR)],
    ['Without a result', integer(unknown)],
  ];
  return facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)));
}

function sumTable(grouping: Grouping, sums: readonly ResultSum[]): HTMLElement {
  if (sums.length === 0) return h('p', { class: 'empty small' }, 'Nothing to sum up.');
  const heads = [[grouping, ''], ...HEADS].map(([title, kind]) =>
    h('th', { scope: 'col', class: kind }, title),
  );
  const rows = sums.map((sum) => {
    const { name, trades, won, lost, sumR, bestR, worstR, unknown } = sum;
    const tone = trades === unknown ? '' : sumR < 0 ? 'loss' : sumR > 0 ? 'gain' : '';
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name === '' ? 'none' : name),
      ...[trades, won, lost].map((count) => h('td', { class: 'number' }, integer(count))),
      h('td', { class: `result number ${tone}` }, trades === unknown ? '–' : rMultiple(sumR)),
      h('td', { class: 'money number' }, moneyText(sum)),
      ...[bestR, worstR].map((value) => h('td', { class: 'number' }, signed(value, 2))),
      h('td', { class: 'number' }, integer(unknown)),
    );
  });
  return h('table', { class: 'list told' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
}

const SUM_COLUMNS: readonly CsvColumn<ResultSum>[] = [
  { name: 'name', cell: ({ name }) => name },
  { name: 'trades', cell: ({ trades }) => trades },
  { name: 'won', cell: ({ won }) => won },
  { name: 'lost', cell: ({ lost }) => lost },
  { name: 'unknown', cell: ({ unknown }) => unknown },
  { name: 'result_r', cell: ({ trades, unknown, sumR }) => (trades === unknown ? undefined : sumR) },
  {
    name: 'realised',
    cell: ({ money }) =>
      sumsText(money)
        .replaceAll('−', '-')
        .replaceAll(/(\d),(?=\d{3})/g, '$1'),
  },
  { name: 'not_in_money', cell: ({ money }) => money.unknown },
  { name: 'best_r', cell: ({ bestR }) => bestR },
  { name: 'worst_r', cell: ({ worstR }) => worstR },
];
