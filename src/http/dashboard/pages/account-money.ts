// Owns an account's money: what it has, what its trades have open and risk, and what its day, week and month realised, in all
// and by symbol. What is not in an amount is counted beside it.
import type { GetAccountResultResponse } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { AccountResult } from '../../../../gen/ts/dtms/v1/results.js';
import type { AppContext } from '../app-context.js';
import { path } from '../data/api.js';
import type { Json } from '../data/json.js';
import { h, scrolling } from '../ui/dom.js';
import { decimal, integer, UNKNOWN } from '../ui/format.js';
import { type ListColumn, tableOf } from '../ui/list-table.js';
import { amountText, plainAmount, type ResultSumJson, toneOfAmount } from '../ui/money.js';
import { whenNew } from '../ui/when-new.js';
import { type Polled, polled } from './polled.js';

type ResultJson = Json<AccountResult>;
type SymbolJson = ResultJson['symbols'][number];

const EVERY_MS = 5000;

export function accountMoney(
  name: string,
  { api, preferences }: AppContext,
): Polled & { readonly element: HTMLElement } {
  const place = h('div', { class: 'stack' }, h('p', { class: 'soft' }, 'Asking.'));
  const whenOther = whenNew();
  const poll = polled(EVERY_MS, async (signal) => {
    const target = path`/v1/dtms/accounts/${name}/result`;
    const { result } = await api.get<GetAccountResultResponse>(target, {}, { signal });
    if (result === undefined) return;
    whenOther([JSON.stringify(result), preferences.zone], () =>
      place.replaceChildren(...contentOf(result, (at) => preferences.time(at, 'date', name))),
    );
  });
  const element = h(
    'section',
    { class: 'panel money', 'aria-label': 'Money' },
    h('div', { class: 'head' }, h('h2', {}, 'Money')),
    place,
  );
  return { ...poll, element };
}

interface Period {
  readonly name: string;
  readonly sum: ResultSumJson | undefined;
}

function contentOf(result: ResultJson, time: (at: string | undefined) => string): readonly HTMLElement[] {
  const { currency, balance, equity, open, risk, day, week, month, symbols } = result;
  const held = (value: number | undefined) =>
    value === undefined ? 'not reported' : `${decimal(value, 2)} ${currency}`.trim();
  const facts: readonly (readonly [string, string, string])[] = [
    ['Balance', held(balance), ''],
    ['Equity', held(equity), ''],
    ['Open result', sumText(open, currency), toneOfAmount(open?.amount)],
    ['Open risk at the stops', riskSumText(risk, currency), ''],
    ['Currency', currency === '' ? 'not known: no amount can be told' : currency, ''],
  ];
  const periods: readonly Period[] = [
    { name: 'Open now', sum: open },
    { name: `Day, since ${time(day?.since)}`, sum: day },
    { name: `Week, since ${time(week?.since)}`, sum: week },
    { name: `Month, since ${time(month?.since)}`, sum: month },
  ];
  return [
    h(
      'dl',
      { class: 'facts' },
      ...facts.map(([name, value, tone]) => h('div', {}, h('dt', {}, name), h('dd', { class: tone }, value))),
    ),
    scrolling('Results by period', tableOf(periodColumns(currency), periods)),
    ...(symbols.length === 0
      ? []
      : [
          h('h3', {}, 'By symbol'),
          scrolling('Results by symbol', tableOf(symbolColumns(currency), symbols)),
        ]),
  ];
}

const amountCell = (sum: ResultSumJson | undefined, currency: string): HTMLElement =>
  h('span', { class: toneOfAmount(sum?.amount) }, sumText(sum, currency));

function periodColumns(currency: string): readonly ListColumn<Period>[] {
  const part = (value: string | undefined) => (value === undefined ? UNKNOWN : plainAmount(value, ''));
  return [
    { title: 'Period', cell: ({ name }) => name },
    { title: 'Result', kind: 'number', cell: ({ sum }) => amountCell(sum, currency) },
    { title: 'Profit', kind: 'number', cell: ({ sum }) => part(sum?.profit) },
    { title: 'Commission', kind: 'number', cell: ({ sum }) => part(sum?.commission) },
    { title: 'Swap', kind: 'number', cell: ({ sum }) => part(sum?.swap) },
    { title: 'Trades', kind: 'number', cell: ({ sum }) => integer(sum?.trades) },
    { title: 'Not in it', kind: 'number', cell: ({ sum }) => integer(sum?.unknown) },
    { title: 'Booked by the broker', kind: 'number', cell: ({ sum }) => bookedText(sum) },
  ];
}

/** How many closes are the broker's own figures; the others are computed. */
function bookedText(sum: ResultSumJson | undefined): string {
  return sum === undefined || sum.closes === 0 ? '–' : `${integer(sum.booked)} of ${integer(sum.closes)}`;
}

function symbolColumns(currency: string): readonly ListColumn<SymbolJson>[] {
  return [
    { title: 'Symbol', cell: ({ symbol }) => symbol },
    { title: 'Open', kind: 'number', cell: ({ open }) => amountCell(open, currency) },
    { title: 'Day', kind: 'number', cell: ({ day }) => amountCell(day, currency) },
    { title: 'Week', kind: 'number', cell: ({ week }) => amountCell(week, currency) },
    { title: 'Month', kind: 'number', cell: ({ month }) => amountCell(month, currency) },
  ];
}

/** The amount, and how many results are not in it; never a zero for what is not known. */
function sumText(sum: ResultSumJson | undefined, currency: string): string {
  if (sum === undefined) return UNKNOWN;
  if (sum.amount === undefined) return sum.unknown > 0 ? `not known (${integer(sum.unknown)})` : 'not known';
  const text = amountText(sum.amount, currency);
  return sum.unknown > 0 ? `${text}, ${integer(sum.unknown)} not in it` : text;
}

function riskSumText(sum: ResultSumJson | undefined, currency: string): string {
  if (sum?.amount === undefined) return sumText(sum, currency);
  const text = plainAmount(sum.amount, currency);
  return sum.unknown > 0 ? `${text}, ${integer(sum.unknown)} without a bound not in it` : text;
}
