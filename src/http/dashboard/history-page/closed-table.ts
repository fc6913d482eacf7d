// Owns the closed trades as a table and as a file.
import type { AppContext } from '../app-context.js';
import { href } from '../router.js';
import { type CsvColumn, csvText } from '../ui/csv.js';
import { h } from '../ui/dom.js';
import { duration, lots, price, rMultiple, signed, UNKNOWN, words } from '../ui/format.js';
import { compositionText, obstacleText, partText, type TradeResultJson, toneOfAmount } from '../ui/money.js';
import type { ClosedTrade } from './closed-trades.js';

const HEADS = [
  ['Closed', ''],
  ['Trade', ''],
  ['Result', 'number'],
  ['In money', 'number'],
  ['Volume', 'number'],
  ['Entry', 'number'],
  ['Closing price', 'number'],
  ['Held for', 'number'],
  ['Why closed', ''],
] as const;

export function closedTable(
  all: readonly ClosedTrade[],
  { preferences, markets }: Pick<AppContext, 'preferences' | 'markets'>,
  isFiltered: boolean,
): HTMLElement {
  if (all.length === 0) {
    const why = isFiltered ? 'No closed trade matches the filter.' : 'No trade has closed yet.';
    return h('p', { class: 'empty small' }, why);
  }
  const heads = HEADS.map(([title, kind]) => h('th', { scope: 'col', class: kind }, title));
  const rows = all.map(({ trade, closedAt, gain, resultR, money }) => {
    const { account, ticket, symbol, direction, label } = trade;
    const digits = markets.digits(trade);
    const known = resultR !== undefined ? rMultiple(resultR) : gain === undefined ? '' : signed(gain, digits);
    const tone = Math.abs(gain ?? 0) === 0 ? '' : (gain ?? 0) < 0 ? 'loss' : 'gain';
    return h(
      'tr',
      {},
      h('td', {}, preferences.time(closedAt, 'full', account)),
      h(
        'th',
        { scope: 'row' },
        h('a', { href: href('trades', account, ticket) }, symbol),
        ` ${words(direction, 'DIRECTION_').toUpperCase()} `,
        h('span', { class: 'soft' }, `${account} ${ticket}${label === '' ? '' : ` · ${label}`}`),
      ),
      known === ''
        ? h('td', { class: 'soft' }, 'no close price')
        : h('td', { class: `result number ${tone}` }, known),
      moneyCell(money),
      h('td', { class: 'number' }, lots(trade.initialVolume)),
      h('td', { class: 'number' }, price(trade.entryPrice, digits)),
      h('td', { class: 'number' }, price(trade.closePrice, digits)),
      h('td', { class: 'number' }, duration(closedAt - Date.parse(trade.openedAt ?? ''))),
      h('td', {}, words(trade.closeReason, 'CLOSE_REASON_')),
    );
  });
  return h(
    'table',
    { class: 'list told closed' },
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...rows),
  );
}

function moneyCell(money: TradeResultJson | undefined): HTMLElement {
  if (money === undefined) return h('td', { class: 'money number soft' }, UNKNOWN);
  const { realised } = money;
  const isWhole = realised?.amount !== undefined && realised.obstacle === 'MONEY_OBSTACLE_UNSPECIFIED';
  const attributes = {
    class: `money number ${isWhole ? toneOfAmount(realised.amount) : 'soft'}`,
    title: realised === undefined ? undefined : compositionText(realised),
  };
  return h('td', attributes, partText(realised, money) ?? 'nothing realised');
}

const COLUMNS: readonly CsvColumn<ClosedTrade>[] = [
  { name: 'account', cell: ({ trade }) => trade.account },
  { name: 'ticket', cell: ({ trade }) => trade.ticket },
  { name: 'symbol', cell: ({ trade }) => trade.symbol },
  { name: 'direction', cell: ({ trade }) => trade.direction.replace('DIRECTION_', '') },
  { name: 'label', cell: ({ trade }) => trade.label },
  { name: 'opened_utc', cell: ({ trade }) => trade.openedAt },
  { name: 'closed_utc', cell: ({ trade }) => trade.closedAt },
  { name: 'volume_lots', cell: ({ trade }) => trade.initialVolume },
  { name: 'entry_price', cell: ({ trade }) => trade.entryPrice },
  { name: 'close_price', cell: ({ trade }) => trade.closePrice },
  { name: 'result_price_per_lot', cell: ({ gain }) => gain },
  { name: 'result_r', cell: ({ resultR }) => resultR },
  { name: 'realised_amount', cell: ({ money }) => money?.realised?.amount },
  { name: 'currency', cell: ({ money }) => money?.currency },
  { name: 'realised_by', cell: ({ money }) => sourceOf(money) },
  { name: 'not_all_because', cell: ({ money }) => whyNotAll(money) },
  { name: 'close_reason', cell: ({ trade }) => trade.closeReason.replace('CLOSE_REASON_', '') },
];

/** Who says what was realised; nothing where nobody does. */
function sourceOf(money: TradeResultJson | undefined): string {
  if (money?.realised?.amount === undefined) return '';
  return money.realised.booked ? 'broker' : 'computed';
}

const whyNotAll = (money: TradeResultJson | undefined): string =>
  money?.realised === undefined ? '' : obstacleText(money.realised.obstacle, money);

/** Every closed trade with all of its numbers, unrounded; what is not known is empty. */
export function closedCsv(all: readonly ClosedTrade[]): string {
  return csvText(COLUMNS, all);
}
