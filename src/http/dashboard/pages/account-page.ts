// Owns the page of one account: how it stands, its trades, the feeds they follow, and what its closed trades came to.
import type { GetRiskResponse } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { AppContext, Page } from '../app-context.js';
import { path, problemText } from '../data/api.js';
import { ApiError } from '../data/api-error.js';
import { openResults } from '../data/open-results.js';
import { readingsOf } from '../data/readings.js';
import { keyOf } from '../data/trade-key.js';
import { closedTrades } from '../history-page/closed-trades.js';
import { readClosed } from '../history-page/read-closed.js';
import { resultsPanel } from '../history-page/results-panel.js';
import { href } from '../router.js';
import { h, scrolling, setText } from '../ui/dom.js';
import { integer } from '../ui/format.js';
import { accountCard } from './account-card.js';
import { accountExposure } from './account-exposure.js';
import { accountMoney } from './account-money.js';
import { pollFeeds } from './feeds-table.js';
import { type FleetRow, rowOf, type SortColumn, sorted } from './fleet-rows.js';
import { fleetTable } from './fleet-table.js';
import { polled } from './polled.js';

const EVERY_MS = 3000;
const ROWS_MS = 1000;

export const accountPage: Page = (element, [name = ''], context) => {
  const known = h('div', { class: 'stack' });
  const feeds = h('div');
  const standing = accountStanding(name, context, known);
  const money = accountMoney(name, context);
  const exposure = accountExposure(name, context);
  const trades = accountTrades(name, context);
  const feedPoll = pollFeeds(feeds, EVERY_MS, context, ({ name: feed, accounts }) =>
    accounts.length > 0 ? accounts.includes(name) : trades.feeds().has(feed),
  );
  const results = accountResults(name, context);
  known.append(
    standing.card,
    money.note,
    money.element,
    exposure.note,
    exposure.element,
    h(
      'section',
      { class: 'panel' },
      h('div', { class: 'head' }, h('h2', {}, 'Trades'), trades.count),
      trades.element,
      h('p', {}, h('a', { href: `${href('')}?q=${encodeURIComponent(`account:${name}`)}` }, 'In the fleet')),
    ),
    h(
      'section',
      { class: 'panel' },
      h('div', { class: 'head' }, h('h2', {}, 'Feeds')),
      feedPoll.note,
      scrolling('Feeds', feeds),
    ),
    results.note,
    results.element,
    h(
      'p',
      {},
      h('a', { href: `${href('history')}?account=${encodeURIComponent(name)}` }, 'Every closed trade'),
    ),
  );
  element.append(
    h('h1', {}, h('a', { href: href('accounts') }, 'Accounts'), ` / ${name}`),
    standing.note,
    known,
  );
  return () => {
    for (const each of [standing, money, exposure, feedPoll, trades, results]) each.end();
  };
};

/** How it stands. Of a name that nobody knows, panels without anything would look like an account at rest: `known` is hidden. */
function accountStanding(name: string, context: AppContext, known: HTMLElement) {
  const card = h('div');
  let shown: ReturnType<typeof accountCard> | undefined;
  const poll = polled(EVERY_MS, async (signal) => {
    const target = path`/v1/dtms/accounts/${name}/risk`;
    const { risk } = await context.api
      .get<GetRiskResponse>(target, {}, { signal })
      .catch((error: unknown): never => {
        if (error instanceof ApiError && error.reason === 'ACCOUNT_NOT_FOUND') known.hidden = true;
        throw error;
      });
    known.hidden = false;
    if (risk === undefined) return;
    shown ??= accountCard(risk, context, () => poll.soon());
    shown.update(risk);
    if (shown.element.parentElement !== card) card.replaceChildren(shown.element);
  });
  return { ...poll, card };
}

/** The account's trades that are not closed, as the watch tells them. */
function accountTrades(name: string, context: AppContext) {
  const { alarms, fleet, markets, policies } = context;
  let [sort, isStale]: [SortColumn, boolean] = ['danger', true];
  const count = h('span', { class: 'count' });
  const rowAt = (key: string): FleetRow | undefined => {
    const trade = fleet.at(key);
    return trade === undefined ? undefined : rowOf(key, trade, readings);
  };
  const table = fleetTable({
    sort: (column) => {
      sort = column;
      isStale = true;
      show();
    },
    row: rowAt,
    toggleGroup: () => undefined,
    isGroupOpen: () => true,
  });
  const open = () =>
    [...fleet.all()].filter(({ account, state }) => account === name && state !== 'TRADE_STATE_CLOSED');
  const show = () => {
    if (!isStale || document.hidden) return;
    isStale = false;
    const rows = open().map((trade) => rowOf(keyOf(trade.account, trade.ticket), trade, readings));
    table.sortedBy(sort, 'usual');
    table.show(sorted(rows, sort).map(({ key }) => ({ key })));
    setText(count, rows.length === 0 ? 'none is open' : integer(rows.length));
    table.element.hidden = rows.length === 0;
  };
  const mark = () => {
    isStale = true;
  };
  const results = openResults(context, {
    account: name,
    inSight: () => open(),
    isShown: () => true,
    changed: mark,
  });
  const readings = readingsOf(context, (trade) => results.of(trade));
  table.hide(new Set(['account', 'label', 'volume', 'price']));
  const told = [alarms, fleet, markets, policies].map((part) => part.onChange(mark));
  told.push(fleet.onReset(mark));
  const timer = setInterval(() => {
    if (!table.isHeld()) show();
  }, ROWS_MS);
  show();
  return {
    element: table.element,
    count,
    feeds: (): ReadonlySet<string> => new Set(open().map(({ feed }) => feed)),
    end: () => {
      clearInterval(timer);
      results.end();
      for (const each of told) each();
    },
  };
}

/** What its closed trades came to, read once. */
function accountResults(name: string, context: AppContext) {
  const ended = new AbortController();
  const panel = resultsPanel(context);
  const note = h('p', { class: 'banner', role: 'status', hidden: true });
  const read = async () => {
    try {
      for await (const { trades, money } of readClosed(context.api, name, ended.signal))
        panel.show(closedTrades(trades, money));
    } catch (error) {
      if (ended.signal.aborted) return;
      note.hidden = false;
      setText(note, `Closed trades are not known: ${problemText(error)}`);
    }
  };
  void read();
  return {
    element: panel.element,
    note,
    end: () => {
      ended.abort();
      panel.end();
    },
  };
}
