// Owns the head of a trade's page: what it is, how it stands, who owns it, and what may be done by hand.
import type { CloseTradeResponse, PauseTradeResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { AppContext } from '../app-context.js';
import { path, requestId } from '../data/api.js';
import { keyOf } from '../data/fleet.js';
import type { TradeJson } from '../data/json.js';
import { carryOut } from '../pages/actions-page.js';
import { rowOf, shownState } from '../pages/fleet-rows.js';
import { button, h, setText } from '../ui/dom.js';
import { dataAge, duration, lots, resultText, signed, UNKNOWN, words } from '../ui/format.js';
import { stateBadge } from '../ui/state-badge.js';

export interface TradeHeader {
  readonly element: HTMLElement;
  show(trade: TradeJson): void;
}

export function tradeHeader(context: AppContext, done: () => void): TradeHeader {
  const title = h('h1');
  const place = h('p', { class: 'soft' });
  const state = h('div', { class: 'now' });
  const facts = h('dl', { class: 'facts wide' });
  let shown: TradeJson | undefined;
  const pause = button('Pause', {}, () => shown !== undefined && void askToPause(shown, context, done));
  const close = button(
    'Stop managing',
    { class: 'danger' },
    () => shown !== undefined && void askToClose(shown, context, done),
  );
  return {
    element: h(
      'section',
      { class: 'panel trade-head' },
      h(
        'div',
        { class: 'head' },
        h('div', {}, title, place),
        state,
        h('div', { class: 'tools' }, pause, close),
      ),
      facts,
    ),
    show: (trade) => {
      shown = trade;
      setText(title, `${trade.symbol} ${words(trade.direction, 'DIRECTION_').toUpperCase()} ${trade.ticket}`);
      setText(
        place,
        [trade.account, trade.label, words(trade.origin, 'TRADE_ORIGIN_')]
          .filter((part) => part !== '')
          .join(' · '),
      );
      state.replaceChildren(stateBadge(shownState(trade, context.markets.of(trade))));
      const paused = trade.monitoring === 'MONITORING_PAUSED';
      setText(pause, paused ? 'Resume' : 'Pause');
      pause.hidden = close.hidden = trade.state === 'TRADE_STATE_CLOSED';
      facts.replaceChildren(
        ...factsOf(trade, context).map(([name, value]) =>
          h('div', { class: name === 'Owners' ? 'long' : undefined }, h('dt', {}, name), h('dd', {}, value)),
        ),
      );
    },
  };
}

function factsOf(trade: TradeJson, context: AppContext): readonly (readonly [string, string])[] {
  const { preferences, markets } = context;
  const row = rowOf(keyOf(trade.account, trade.ticket), trade, markets);
  const price = (value: number | undefined) => (value === undefined ? UNKNOWN : value.toFixed(row.digits));
  const { timer } = row;
  const left =
    timer === undefined
      ? UNKNOWN
      : timer.left > 0
        ? `${timer.name} ${duration(timer.left)}`
        : `${timer.name} ended`;
  const owners = trade.owners.map(({ field, manager }) => `${words(field, 'TRADE_FIELD_')}: ${manager}`);
  const closed = trade.state === 'TRADE_STATE_CLOSED';
  return [
    ['Score', signed(row.score, 2)],
    ['Result', closed && row.gain === undefined ? 'unknown' : resultText(row.resultR, row.gain, row.digits)],
    closed
      ? ['Closing price', row.price === undefined ? 'not reported' : price(row.price)]
      : ['Exit price', price(row.price)],
    ['Volume', `${lots(trade.volume)} of ${lots(trade.initialVolume)} lots`],
    ['Entry', price(trade.entryPrice)],
    ['Stop', price(trade.stopLoss)],
    ['Target', price(trade.takeProfit)],
    ['R', `${price(trade.riskDistance)}${trade.riskEstimated ? ' estimated' : ''}`],
    [
      closed ? 'Closed' : 'In state',
      closed ? preferences.time(trade.closedAt, 'date', trade.account) : duration(row.age),
    ],
    ['Timer left', left],
    ['Watched', words(trade.monitoring, 'MONITORING_')],
    [
      'Hedge',
      trade.hedge === undefined
        ? 'none'
        : `${lots(trade.hedge.volume)} lots at ${price(trade.hedge.entryPrice)}`,
    ],
    ['Opened', preferences.time(trade.openedAt, 'date', trade.account)],
    ['Data age', row.dataAge === undefined ? 'no data' : dataAge(row.dataAge, row)],
    ['Owners', owners.length === 0 ? 'nobody' : owners.join(', ')],
    ...(closed ? ([['Why closed', words(trade.closeReason, 'CLOSE_REASON_')]] as const) : []),
  ];
}

function targetOf({ account, ticket }: TradeJson): string {
  return path`/v1/dtms/accounts/${account}/trades/${ticket}`;
}

function askToPause(trade: TradeJson, { api }: AppContext, done: () => void): Promise<void> {
  const paused = trade.monitoring === 'MONITORING_PAUSED';
  const verb = paused ? 'Resume' : 'Pause';
  const says = paused
    ? 'DTMS evaluates it again: states change and actions are planned.'
    : 'DTMS stops evaluating it: no state changes and nothing is planned, whatever the market does. It stays on record.';
  const target = `${targetOf(trade)}:${verb.toLowerCase()}`;
  return carryOut(
    {
      title: `${verb} ${trade.symbol} ${trade.ticket}`,
      text: [says],
      action: verb,
      tone: 'plain',
      reason: 'required',
    },
    (reason) => api.post<PauseTradeResponse>(target, { reason, requestId: requestId() }),
    done,
  );
}

function askToClose(trade: TradeJson, { api }: AppContext, done: () => void): Promise<void> {
  const says = [
    'DTMS records the trade as closed and stops defending it. This cannot be undone.',
    `The position stays open at the broker with its stop at ${trade.stopLoss ?? 'nothing'}. DTMS closes an open hedge.`,
  ];
  return carryOut(
    {
      title: `Stop managing ${trade.symbol} ${trade.ticket}`,
      text: says,
      action: 'Stop managing',
      tone: 'danger',
      reason: 'none',
    },
    () =>
      api.post<CloseTradeResponse>(`${targetOf(trade)}:close`, {
        reason: 'CLOSE_REASON_REQUESTED',
        requestId: requestId(),
      }),
    done,
  );
}
