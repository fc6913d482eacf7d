// Owns the head of a trade's page: what it is, how it stands, who owns it, and what may be done by hand.
import type { CloseTradeResponse, PauseTradeResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import { fixed } from '../../../domain/number-text.js';
import type { AppContext } from '../app-context.js';
import { path, requestId } from '../data/api.js';
import type { TradeJson } from '../data/json.js';
import { PLAN, type PolicyStanding, standingOf } from '../data/policy.js';
import { readingsOf } from '../data/readings.js';
import { keyOf } from '../data/trade-key.js';
import { carryOut } from '../pages/actions-page.js';
import { rowOf, shownState } from '../pages/fleet-rows.js';
import { assignByHand } from '../pages/policy-dialogs.js';
import { href } from '../router.js';
import { button, h, setText } from '../ui/dom.js';
import { dataAge, duration, lots, resultText, signed, UNKNOWN, words } from '../ui/format.js';
import { compositionText, partText, riskText, type TradeResultJson } from '../ui/money.js';
import { NOTHING_DEFENDS, OBSERVES } from '../ui/policy-text.js';
import { stateBadge } from '../ui/state-badge.js';
import { doubtText } from './holding-back.js';

export interface TradeHeader {
  readonly element: HTMLElement;
  /** @param money - undefined where it is not told yet */
  show(trade: TradeJson, money: TradeResultJson | undefined): void;
}

export function tradeHeader(context: AppContext, done: () => void): TradeHeader {
  const title = h('h1');
  const place = h('p', { class: 'soft' });
  const state = h('div', { class: 'now' });
  const facts = h('dl', { class: 'facts wide' });
  const money = h('dl', { class: 'facts wide' });
  const warnings = tradeWarnings(context);
  let shown: TradeJson | undefined;
  const pause = button(
    'Pause',
    { 'data-needs': 'register' },
    () => shown !== undefined && void askToPause(shown, context, done),
  );
  const close = button(
    'Stop managing',
    { class: 'danger', 'data-needs': 'close' },
    () => shown !== undefined && void askToClose(shown, context, done),
  );
  const policy = button('Change policy', { 'data-needs': 'admin' }, () => {
    if (shown !== undefined)
      void assignByHand(context, { account: shown.account, tickets: [shown.ticket] }, done);
  });
  return {
    element: h(
      'section',
      { class: 'panel trade-head' },
      h(
        'div',
        { class: 'head' },
        h('div', {}, title, place),
        state,
        h('div', { class: 'tools' }, policy, pause, close),
      ),
      ...warnings.elements,
      facts,
      h('h3', {}, 'Money'),
      money,
    ),
    show: (trade, result) => {
      shown = trade;
      setText(title, `${trade.symbol} ${words(trade.direction, 'DIRECTION_').toUpperCase()} ${trade.ticket}`);
      setText(
        place,
        [trade.account, trade.label, words(trade.origin, 'TRADE_ORIGIN_')]
          .filter((part) => part !== '')
          .join(' · '),
      );
      const standing = standingOf(trade, context.alarms, context.policies);
      state.replaceChildren(stateBadge(shownState(trade, context.markets.of(trade), standing)));
      const isOver = trade.state === 'TRADE_STATE_CLOSED';
      warnings.show(trade, standing);
      const paused = trade.monitoring === 'MONITORING_PAUSED';
      setText(pause, paused ? 'Resume' : 'Pause');
      pause.hidden = close.hidden = policy.hidden = isOver;
      facts.replaceChildren(...factsOf(trade, result, context).map(factElement));
      money.replaceChildren(...moneyFacts(result, context).map(factElement));
    },
  };
}

/** What keeps it from being defended: nothing that acts, or an order that nobody knows the fate of. */
function tradeWarnings(context: AppContext) {
  const observed = h('p', { class: 'banner', hidden: true });
  const doubted = h('span');
  const way = h('a', { href: href('alarms') }, 'See what to do');
  const doubt = h('p', { class: 'banner', hidden: true }, doubted, ' ', way);
  return {
    elements: [observed, doubt],
    show: (trade: TradeJson, standing: PolicyStanding) => {
      observed.hidden = trade.state === 'TRADE_STATE_CLOSED' || standing === 'enforces';
      setText(observed, observedText(trade, standing, context));
      setText(doubted, doubtText(trade.openActions));
      doubt.hidden = doubted.textContent === '';
    },
  };
}

function observedText(trade: TradeJson, standing: PolicyStanding, { alarms }: AppContext): string {
  if (alarms.isObserved(trade.account)) return `DTMS only observes ${trade.account}: ${NOTHING_DEFENDS}`;
  return standing === 'observes' ? `${policyName(trade)}: ${OBSERVES}` : NOT_TOLD;
}

const NOT_TOLD =
  'Nobody told whether its policy acts: this key may not read it, or it was not asked for yet. Do not count on it.';
const LONG: ReadonlySet<string> = new Set(['Owners', 'Policy', 'Contract', 'Open', 'Realised']);

type Fact = readonly [name: string, value: string];

function factElement([name, value]: Fact): HTMLElement {
  return h('div', { class: LONG.has(name) ? 'long' : undefined }, h('dt', {}, name), h('dd', {}, value));
}

const policyName = ({ policy }: TradeJson): string =>
  policy === undefined || policy.name === PLAN
    ? 'dtms, the documented plan'
    : `${policy.name} v${policy.version}`;

/** What it comes to in the currency of its account, and by which contract and rate. */
function moneyFacts(result: TradeResultJson | undefined, { preferences }: AppContext): readonly Fact[] {
  if (result === undefined) return [['Open', 'not told yet']];
  const { open, realised, currency, profitCurrency, rate, ratedAt, account } = result;
  const unrated = currency !== '' && currency === profitCurrency ? 'no conversion' : 'no rate';
  const whole = (part: typeof open) => {
    const text = partText(part, result);
    if (part === undefined || text === undefined) return 'nothing';
    const parts = compositionText(part);
    return parts === '' ? text : `${text} (${parts})`;
  };
  return [
    ['Open', whole(open)],
    ['Realised', whole(realised)],
    ['Risk at the stop', open === undefined ? 'nothing' : riskText(result)],
    ['Currency', currency === '' ? 'not known' : currency],
    ['Contract', contractText(result)],
    ['Converted by', rate === '' ? unrated : `${rate} of ${preferences.time(ratedAt, 'date', account)}`],
  ];
}

const SOURCES: Readonly<Record<string, string>> = {
  CONTRACT_SOURCE_GIVEN: 'as the broker told it',
  CONTRACT_SOURCE_KNOWN: 'usual for the symbol; nobody told it',
};

function contractText({ contractSize, contractSource, profitCurrency }: TradeResultJson): string {
  if (contractSize === undefined) return 'size of a lot not known: no result in money';
  const unit = profitCurrency === '' ? '' : `, results in ${profitCurrency}`;
  return `${contractSize.toLocaleString('en-GB')} a lot${unit}, ${SOURCES[contractSource] ?? 'of unknown source'}`;
}

function factsOf(trade: TradeJson, money: TradeResultJson | undefined, context: AppContext): readonly Fact[] {
  const { preferences } = context;
  const readings = readingsOf(context, () => money);
  const row = rowOf(keyOf(trade.account, trade.ticket), trade, readings);
  const price = (value: number | undefined) => (value === undefined ? UNKNOWN : fixed(value, row.digits));
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
    ['1 R, in price', `${price(trade.riskDistance)}${trade.riskEstimated ? ' estimated' : ''}`],
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
    ['Policy', policyName(trade)],
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

function askToClose(trade: TradeJson, { api, markets }: AppContext, done: () => void): Promise<void> {
  const stop =
    trade.stopLoss === undefined ? 'no stop' : `its stop at ${fixed(trade.stopLoss, markets.digits(trade))}`;
  const says = [
    'DTMS records the trade as closed and stops defending it. This cannot be undone.',
    `The position stays open at the broker with ${stop}. DTMS closes an open hedge.`,
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
