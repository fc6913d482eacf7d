// Owns an account's card: money, rails with their distance, bridges, and what DTMS may do in it.
import type { SetTradingStateResponse } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { AppContext } from '../app-context.js';
import { path, requestId } from '../data/api.js';
import type { AccountJson } from '../data/json.js';
import { href } from '../router.js';
import type { Question } from '../ui/dialog.js';
import { button, h, setClass, setText } from '../ui/dom.js';
import { ago, decimal, integer, percent, UNKNOWN, words } from '../ui/format.js';
import { carryOut } from './actions-page.js';
import { modeButton } from './alarms-page.js';

/** An account's card: what it says is made anew, its buttons stay where they are. */
export interface AccountCard {
  readonly element: HTMLElement;
  update(account: AccountJson): void;
}

const TRADING_TEXT: Readonly<Record<string, string>> = {
  TRADING_STATE_ACTIVE: 'Active',
  TRADING_STATE_REDUCING: 'Reducing only',
  TRADING_STATE_HALTED: 'Halted',
};
const TRADING_TONE: Readonly<Record<string, string>> = {
  TRADING_STATE_ACTIVE: 'good',
  TRADING_STATE_HALTED: 'bad',
};

export function accountCard(
  { account: name }: AccountJson,
  context: AppContext,
  done: () => void,
): AccountCard {
  const badge = h('span', {});
  const body = h('div');
  const observed = h('p', { class: 'banner', hidden: true });
  const enforce = modeButton('enforce', name, context, done);
  const observe = modeButton('observe', name, context, done);
  let trades = 0;
  const buttons = CHOICES.map((choice) => {
    const { state, label, tone, says } = choice;
    const attributes = {
      class: tone === 'danger' ? 'danger' : '',
      'aria-label': `${label}: account ${name}`,
      'data-needs': 'admin',
    };
    const press = button(label, attributes, () => {
      const question: Question = {
        title: `${label}: account ${name}`,
        text: [says, `It has ${trades} active ${trades === 1 ? 'trade' : 'trades'}.`],
        action: label,
        tone,
        reason: 'required',
      };
      const target = path`/v1/dtms/accounts/${name}:setTradingState`;
      void carryOut(
        question,
        (reason) =>
          context.api.post<SetTradingStateResponse>(target, { state, reason, requestId: requestId() }),
        done,
      );
    });
    return { state, press };
  });
  return {
    element: h(
      'section',
      { class: 'panel account', 'data-account': name, 'aria-label': `Account ${name}` },
      h('div', { class: 'head' }, h('h2', {}, h('a', { href: href('accounts', name) }, name)), badge),
      observed,
      body,
      h('div', { class: 'buttons start' }, ...buttons.map(({ press }) => press), enforce, observe),
    ),
    update: (account) => {
      trades = account.activeTrades;
      setText(badge, TRADING_TEXT[account.tradingState] ?? 'Unknown');
      setClass(badge, `badge ${TRADING_TONE[account.tradingState] ?? 'warn'}`);
      const isObserved = account.mode === 'ACCOUNT_MODE_OBSERVE';
      observed.hidden = !isObserved;
      enforce.hidden = !isObserved;
      observe.hidden = isObserved;
      setText(observed, `Only observed: DTMS decides and sends nothing. ${account.modeReason}`);
      body.replaceChildren(...bodyOf(account, context));
      for (const { state, press } of buttons) press.disabled = state === account.tradingState;
    },
  };
}

/** Whose money it is, which its bridge says. */
const kindText = (kind: string): string =>
  kind === 'ACCOUNT_KIND_UNSPECIFIED' ? 'not reported' : words(kind, 'ACCOUNT_KIND_');

function moneyText(amount: number | undefined, { currency }: Pick<AccountJson, 'currency'>): string {
  return amount === undefined ? UNKNOWN : `${decimal(amount, 2)} ${currency}`.trim();
}

function bodyOf(account: AccountJson, context: AppContext): readonly HTMLElement[] {
  const { account: name, person, personReason, personState, marginMode, fifo } = account;
  const { preferences, clock } = context;
  const { reconciledAt } = account;
  // The broker's time may be a recording's; this server's is told as an age, so that nobody compares the two.
  const reconciled = reconciledAt === undefined ? 'never' : ago(clock.now() - Date.parse(reconciledAt));
  const facts: readonly (readonly [string, string])[] = [
    ['Equity', moneyText(account.equity, account)],
    ['Balance', moneyText(account.balance, account)],
    ['When a rail trips', onTripText(account)],
    ['Payments', paymentsText(account)],
    ['Open risk', openRiskText(account)],
    ['Active trades', integer(account.activeTrades)],
    ['Open actions', openText(account)],
    ['Unshown actions', integer(account.unshownActions)],
    ['Order caps', capsText(account)],
    ['Kind', kindText(account.kind)],
    ['Margin', `${words(marginMode, 'MARGIN_MODE_')}${fifo ? ', FIFO' : ''}`],
    ['Reported, broker time', preferences.time(account.reportedAt, 'full', name)],
    ['Reconciled', reconciled],
  ];
  const who = person === '' ? 'a person' : person;
  const byHand = personState === 'TRADING_STATE_REDUCING' || personState === 'TRADING_STATE_HALTED';
  const rails = account.rails.map((rail) => railOf(rail, account, context));
  const bridges = account.bridges.map((bridge) => bridgeOf(bridge, context));
  return [
    ...(byHand
      ? [h('p', { class: 'soft' }, `Set by ${who}${personReason === '' ? '' : `: ${personReason}`}`)]
      : []),
    h(
      'dl',
      { class: 'facts' },
      ...facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
    ),
    ...undefendedOf(account),
    ...heldOf(account, context),
    h('h3', {}, 'Rails'),
    rails.length === 0
      ? h('p', { class: 'soft' }, 'The account has not reported its equity, so rails cannot be measured.')
      : h('div', { class: 'rails' }, ...rails),
    h('h3', {}, 'Bridges'),
    bridges.length === 0
      ? h('p', { class: 'soft' }, 'No bridge seen in the last day: actions wait.')
      : h('ul', { class: 'bridges' }, ...bridges),
  ];
}

/** Positions at the broker that are no trade's; nothing where there are none. */
function undefendedOf({ undefendedCount, undefendedPositions }: AccountJson): readonly HTMLElement[] {
  if (undefendedCount === 0) return [];
  const items = undefendedPositions.map(({ identifier, symbol, direction, volume, note }) => {
    const which = identifier === '0' ? 'a position' : `position ${identifier}`;
    const what = `${words(direction, 'DIRECTION_')} ${decimal(volume, 2)} ${symbol}`;
    return h('li', { class: 'problem' }, `${which}, ${what}: ${note}`);
  });
  const more = undefendedCount - items.length;
  return [
    h('h3', {}, 'Positions nobody defends'),
    h('ul', {}, ...items, more > 0 ? h('li', { class: 'problem' }, `and ${integer(more)} more`) : undefined),
  ];
}

function paymentsText({ operationsTold, unprovenAt, unprovenPayments }: AccountJson): string {
  const how = operationsTold ? 'told by the bridge' : 'inferred';
  if (unprovenAt === undefined) return how;
  return `${how}; ${decimal(unprovenPayments, 2)} was told and never in the balance: it did not count`;
}

function capsText({ orderCaps }: AccountJson): string {
  const { volume, notional, ordersPerMinute } = orderCaps ?? {};
  const texts = [
    volume === undefined ? [] : `${decimal(volume, 2)} lots`,
    notional === undefined ? [] : `notional ${decimal(notional, 2)}`,
    ordersPerMinute === undefined ? [] : `${integer(ordersPerMinute)} a minute`,
  ].flat();
  return texts.length === 0 ? 'none' : texts.join(', ');
}

/** What the circuit breaker holds; nothing where it holds nothing. */
function heldOf({ account, held }: AccountJson, { preferences }: AppContext): readonly HTMLElement[] {
  if (held.length === 0) return [];
  const items = held.map(({ effect, reason, since, tickets }) =>
    h(
      'li',
      { class: 'problem' },
      `${words(effect, 'MASS_EFFECT_')}: ${reason}; ${tickets.length} held since ${preferences.time(since, 'date', account)}`,
    ),
  );
  return [h('h3', {}, 'Held until a person decides'), h('ul', {}, ...items)];
}

function onTripText({ onTrip, onTripObstacle }: AccountJson): string {
  const does = words(onTrip, 'RAIL_ACTION_');
  return onTripObstacle === '' ? does : `${does}, but now only reduce: ${onTripObstacle}`;
}

/** In the account's currency; what is not known is no 0, and nothing known no amount. */
function openRiskText({ openRisk, openRiskUnknown, activeTrades, currency }: AccountJson): string {
  if (openRiskUnknown > 0 && openRiskUnknown >= activeTrades)
    return `${UNKNOWN} (${openRiskUnknown} not known)`;
  const left = openRiskUnknown === 0 ? '' : `, ${openRiskUnknown} not known`;
  return `${decimal(openRisk, 2)} ${currency}${left}`;
}

function openText({ openActions }: AccountJson): string {
  const parts = Object.entries(openActions).filter(([, count]) => Number(count) > 0);
  if (parts.length === 0) return 'none';
  return parts.map(([status, count]) => `${count} ${words(status, 'ACTION_STATUS_')}`).join(', ');
}

function railOf(
  rail: AccountJson['rails'][number],
  { account, equity, tradingState }: AccountJson,
  { preferences }: AppContext,
): HTMLElement {
  const { value, limit, trippedAt, holdsUntil, actedAt } = rail;
  const tripped = trippedAt !== undefined;
  // A share of an equity that nobody reported is not known, and no zero.
  const known = equity === undefined && rail.rail !== 'RAIL_STOP_STREAK' ? undefined : value;
  const text = railText(rail.rail, known, limit, tripped ? 'tripped' : 'not tripped');
  const name = words(rail.rail, 'RAIL_');
  const until = preferences.time(holdsUntil, 'date', account);
  const isHalt = tradingState === 'TRADING_STATE_HALTED';
  const closed = actedAt === undefined || isHalt ? '' : '; everything was ordered closed';
  const meter = h('meter', {
    min: 0,
    max: limit,
    // A streak counts anew once it has tripped; the rail holds all the same.
    value: tripped ? limit : Math.min(limit, Math.max(0, value)),
    low: limit / 2,
    high: limit * 0.8,
    optimum: 0,
    'aria-label': name,
  });
  return h(
    'div',
    { class: 'rail' },
    h('span', {}, name),
    meter,
    h('span', { class: 'number' }, text),
    tripped ? h('span', { class: 'note problem' }, `tripped, holds until ${until}${closed}`) : undefined,
  );
}

/** Where a rail stands and where it trips, in words: a gain under a loss is no negative loss. */
function railText(
  rail: string,
  value: number | undefined,
  limit: number,
  now: 'tripped' | 'not tripped',
): string {
  if (rail === 'RAIL_STOP_STREAK') {
    const isNext = value !== undefined && value >= limit && now === 'not tripped';
    const next = isNext ? 'the next one trips' : `trips at ${integer(limit)}`;
    return `${integer(value)} in a row, ${next}`;
  }
  const isLoss = (rail === 'RAIL_DAILY_PROFIT') === (value ?? 0) < 0;
  const way = value === 0 ? '' : isLoss ? ' lost' : ' gained';
  const stands = value === undefined ? 'not known' : `${percent(Math.abs(value))}${way}`;
  return `${stands}, trips at ${percent(limit)}`;
}

function bridgeOf(
  { bridgeId, seenAt, ready, obstacle }: AccountJson['bridges'][number],
  { clock }: AppContext,
): HTMLElement {
  const seen = seenAt === undefined ? UNKNOWN : ago(clock.now() - Date.parse(seenAt));
  return h(
    'li',
    {},
    h('span', { class: `dot ${ready ? 'good' : 'bad'}` }, ready ? 'ready' : 'not ready'),
    h('b', {}, bridgeId),
    h('span', { class: 'soft' }, `heartbeat ${seen}${obstacle === '' ? '' : ` · ${obstacle}`}`),
  );
}

interface Choice {
  readonly state: string;
  readonly label: string;
  readonly tone: 'plain' | 'danger';
  readonly says: string;
}

const CHOICES: readonly Choice[] = [
  {
    state: 'TRADING_STATE_HALTED',
    label: 'Halt',
    tone: 'danger',
    says: 'DTMS stops acting in this account: it moves no stop and closes nothing, and actions wait until it is active again. Make sure someone else is watching.',
  },
  {
    state: 'TRADING_STATE_REDUCING',
    label: 'Reduce only',
    tone: 'danger',
    says: 'DTMS only reduces risk: it tightens stops and closes. It opens no hedge that adds margin and adds nothing back.',
  },
  {
    state: 'TRADING_STATE_ACTIVE',
    label: 'Activate',
    tone: 'plain',
    says: 'DTMS may act without restriction. This lifts what a person set and resets the tripped rails.',
  },
];
