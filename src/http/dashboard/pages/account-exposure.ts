// Owns what an account holds together: of each currency, and of symbols that move together. What cannot be converted is counted
// beside the sums, and a correlation of too few bars is none.
import type { GetExposureResponse } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { AppContext } from '../app-context.js';
import { path } from '../data/api.js';
import type { Json } from '../data/json.js';
import { h, scrolling } from '../ui/dom.js';
import { decimal, integer, signed, UNKNOWN } from '../ui/format.js';
import { type ListColumn, tableOf } from '../ui/list-table.js';
import { amountText, obstacleText } from '../ui/money.js';
import { whenNew } from '../ui/when-new.js';
import { type Polled, polled } from './polled.js';

type ExposureJson = Json<GetExposureResponse>;
type SymbolJson = ExposureJson['symbols'][number];
type HeldJson = NonNullable<SymbolJson['held']>;

const EVERY_MS = 5000;

export function accountExposure(
  name: string,
  { api }: AppContext,
): Polled & { readonly element: HTMLElement } {
  const place = h('div', { class: 'stack' }, h('p', { class: 'soft' }, 'Asking.'));
  const whenOther = whenNew();
  const poll = polled(EVERY_MS, async (signal) => {
    const target = path`/v1/dtms/accounts/${name}/exposure`;
    const told = await api.get<GetExposureResponse>(target, {}, { signal });
    whenOther([JSON.stringify(told)], () => place.replaceChildren(...contentOf(told)));
  });
  const element = h(
    'section',
    { class: 'panel', 'aria-label': 'Held together' },
    h('div', { class: 'head' }, h('h2', {}, 'Held together')),
    place,
  );
  return { ...poll, element };
}

function contentOf({ currency, currencies, symbols, limits, beyond }: ExposureJson): readonly HTMLElement[] {
  if (symbols.length === 0) return [h('p', { class: 'empty small' }, 'Nothing is open.')];
  const { currencyLimit = 0, correlatedLimit = 0 } = limits ?? {};
  const { windowBars = 0, leastBars = 0, correlationLeast = 0 } = limits ?? {};
  const bounds = [
    currencyLimit > 0 ? `of one currency ${decimal(currencyLimit, 2)} times the equity` : '',
    correlatedLimit > 0
      ? `of symbols that move together ${decimal(correlatedLimit, 2)} times the equity`
      : '',
  ].filter((text) => text !== '');
  return [
    ...beyond.map((text) => h('p', { class: 'problem' }, `Beyond its limit: ${text}`)),
    scrolling('Held by currency', tableOf(currencyColumns(currency), currencies)),
    h('h3', {}, 'Symbols that move together'),
    scrolling('Held by symbol', tableOf(symbolColumns(currency), symbols)),
    h(
      'p',
      { class: 'soft' },
      `Symbols move together where their M15 bars correlate by ${decimal(correlationLeast, 2)} or more, either way, over the newest ${integer(windowBars)} that both have; fewer than ${integer(leastBars)} are too few to say. `,
      bounds.length === 0 ? 'No limit is set.' : `Nothing is added back beyond ${bounds.join(', and ')}.`,
    ),
  ];
}

type Held = { readonly held: HeldJson | undefined };

const heldColumns = (currency: string): readonly ListColumn<Held>[] => [
  { title: 'Value', kind: 'number', cell: ({ held }) => heldValue(held, currency) },
  { title: 'Times equity', kind: 'number', cell: ({ held }) => shareText(held) },
  { title: 'Positions', kind: 'number', cell: ({ held }) => integer(held?.positions) },
  { title: 'Not in it', kind: 'number', cell: ({ held }) => integer(held?.unknown) },
];

function currencyColumns(currency: string): readonly ListColumn<ExposureJson['currencies'][number]>[] {
  return [{ title: 'Currency', cell: (one) => one.currency }, ...heldColumns(currency)];
}

function symbolColumns(currency: string): readonly ListColumn<SymbolJson>[] {
  return [
    { title: 'Symbol', cell: ({ symbol }) => symbol },
    ...heldColumns(currency),
    { title: 'Moves with', kind: 'why', cell: ({ others }) => others.map(movesText).join(', ') || 'none' },
    { title: 'Together', kind: 'number', cell: ({ together }) => heldValue(together, currency) },
    { title: 'Together, times equity', kind: 'number', cell: ({ together }) => shareText(together) },
    {
      title: 'Why not all',
      kind: 'why',
      cell: ({ obstacle }) => obstacleText(obstacle, { currency, profitCurrency: '' }),
    },
  ];
}

/** Long is above 0; it is no gain, and has no colour of one. */
function heldValue(held: HeldJson | undefined, currency: string): string {
  return held === undefined || held.value === '' ? 'not known' : amountText(held.value, currency);
}

const shareText = (held: HeldJson | undefined): string =>
  held?.share === undefined ? UNKNOWN : decimal(held.share, 2);

const movesText = ({ symbol, correlation, bars }: SymbolJson['others'][number]): string =>
  correlation === undefined
    ? `${symbol}: too few to say (${integer(bars)} bars)`
    : `${symbol} ${signed(correlation, 2)}`;
