// Owns the table of the markets: how old and how good each one's data is.
import type { AppContext } from '../app-context.js';
import { h } from '../ui/dom.js';
import { dataAge, decimal, integer, price, signed, UNKNOWN, words } from '../ui/format.js';
import { listTable } from '../ui/list-table.js';

const HEADS = [
  ['Feed', ''],
  ['Symbol', ''],
  ['Newest data', ''],
  ['Age', 'number'],
  ['Bid', 'number'],
  ['Ask', 'number'],
  ['Spread / median', 'number'],
  ['Score BUY', 'number'],
  ['Score SELL', 'number'],
  ['Quality', ''],
  ['Trades', 'number'],
] as const;

/** What is known of every market, or why nothing is. */
export function marketTable({
  markets,
  preferences,
}: Pick<AppContext, 'markets' | 'preferences'>): HTMLElement {
  const all = markets.all();
  if (all.length === 0) {
    const why = markets.answered
      ? 'No market data yet. Push it with PushMarketData or StreamMarketData, or run dtms paper.'
      : 'Asking.';
    return h('p', { class: 'empty small' }, why);
  }
  const rows = all.map((market) => {
    const { feed, instrument, quote, medianSpread, asOf, stale, skewMs } = market;
    const digits = markets.digits({ feed, instrument });
    const ratio =
      quote === undefined || medianSpread === undefined || medianSpread === 0
        ? undefined
        : (quote.ask - quote.bid) / medianSpread;
    return h(
      'tr',
      {},
      h('td', {}, feed),
      h('th', { scope: 'row' }, instrument),
      h('td', {}, preferences.time(asOf, 'full')),
      h(
        'td',
        { class: `number ${stale || skewMs !== undefined ? 'problem' : ''}` },
        dataAge(markets.age(market), market),
      ),
      h('td', { class: 'number' }, price(quote?.bid, digits)),
      h('td', { class: 'number' }, price(quote?.ask, digits)),
      h('td', { class: 'number' }, ratio === undefined ? UNKNOWN : `${decimal(ratio, 1)} ×`),
      h('td', { class: 'number' }, signed(market.buyScore, 1)),
      h('td', { class: 'number' }, signed(market.sellScore, 1)),
      h('td', {}, words(market.quality, 'DATA_QUALITY_')),
      h('td', { class: 'number' }, integer(market.activeTrades)),
    );
  });
  return listTable(HEADS, rows);
}
