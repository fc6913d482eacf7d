// Owns the page of accounts: money, rails, bridges, and what DTMS may do in each.
import type {
  ListAccountsResponse,
  SetTradingStateResponse,
} from '../../../../gen/ts/dtms/v1/account_service.js';
import type { AppContext, Page } from '../app-context.js';
import { path, requestId } from '../data/api.js';
import type { AccountJson } from '../data/json.js';
import type { Question } from '../ui/dialog.js';
import { button, h, setClass, setText } from '../ui/dom.js';
import { PAPER_COMMAND } from '../ui/example-commands.js';
import { ago, decimal, integer, percent, UNKNOWN, words } from '../ui/format.js';
import { carryOut } from './actions-page.js';
import { polled } from './polled.js';

const EVERY_MS = 3000;
const PAGE_SIZE = 500;

export const accountsPage: Page = (element, _params, context) => {
  const list = h('div', { class: 'cards' });
  const cards = new Map<string, Card>();
  const poll = polled(EVERY_MS, async (signal) => {
    const accounts: AccountJson[] = [];
    const pages = context.api.pages<ListAccountsResponse>(
      '/v1/dtms/accounts',
      { pageSize: PAGE_SIZE },
      { signal },
    );
    for await (const page of pages) accounts.push(...page.accounts);
    for (const account of accounts) {
      const card = cards.get(account.account) ?? cardOf(account, context, () => poll.soon());
      cards.set(account.account, card);
      card.update(account);
    }
    const shown = accounts.flatMap(({ account }) => cards.get(account)?.element ?? []);
    if (accounts.length === 0) list.replaceChildren(nobody());
    else if (shown.some((card, index) => list.children[index] !== card)) list.replaceChildren(...shown);
  });
  element.append(h('h1', {}, 'Accounts'), poll.note, list);
  return () => poll.end();
};

function nobody(): HTMLElement {
  const why =
    'No account is known: none has reported, was set up, or has trades. A bridge tells of its account by its heartbeat; to try it:';
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, why),
    h('pre', { tabindex: 0 }, h('code', {}, PAPER_COMMAND)),
  );
}

/** An account's card: what it says is made anew, its buttons stay where they are. */
interface Card {
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

function cardOf({ account: name }: AccountJson, context: AppContext, done: () => void): Card {
  const badge = h('span', {});
  const body = h('div');
  let trades = 0;
  const buttons = CHOICES.map((choice) => {
    const { state, label, tone, says } = choice;
    const attributes = {
      class: tone === 'danger' ? 'danger' : '',
      'aria-label': `${label}: account ${name}`,
    };
    const press = button(label, attributes, () => {
      const question: Question = {
        title: `${label}: account ${name}`,
        text: [says, `It has ${trades} active trades.`],
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
      h('div', { class: 'head' }, h('h2', {}, name), badge),
      body,
      h('div', { class: 'buttons start' }, ...buttons.map(({ press }) => press)),
    ),
    update: (account) => {
      trades = account.activeTrades;
      setText(badge, TRADING_TEXT[account.tradingState] ?? 'Unknown');
      setClass(badge, `badge ${TRADING_TONE[account.tradingState] ?? 'warn'}`);
      body.replaceChildren(...bodyOf(account, context));
      for (const { state, press } of buttons) press.disabled = state === account.tradingState;
    },
  };
}

function bodyOf(account: AccountJson, context: AppContext): readonly HTMLElement[] {
  const { account: name, person, personReason, personState, marginMode, fifo } = account;
  const { settings } = context;
  const facts: readonly (readonly [string, string])[] = [
    ['Equity', decimal(account.equity, 2)],
    ['Balance', decimal(account.balance, 2)],
    ['Open risk', decimal(account.openRisk, 2)],
    ['Active trades', integer(account.activeTrades)],
    ['Open actions', openText(account)],
    ['Margin', `${words(marginMode, 'MARGIN_MODE_')}${fifo ? ', FIFO' : ''}`],
    ['Reported', settings.time(account.reportedAt, 'date', name)],
    ['Reconciled', settings.time(account.reconciledAt, 'date', name)],
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
    h('h3', {}, 'Rails'),
    rails.length === 0
      ? h('p', { class: 'soft' }, 'Nothing to measure them by: the account has not reported its equity.')
      : h('div', { class: 'rails' }, ...rails),
    h('h3', {}, 'Bridges'),
    bridges.length === 0
      ? h('p', { class: 'soft' }, 'No bridge was seen in the last day: actions wait.')
      : h('ul', { class: 'bridges' }, ...bridges),
  ];
}

function openText({ openActions }: AccountJson): string {
  const parts = Object.entries(openActions).filter(([, count]) => Number(count) > 0);
  if (parts.length === 0) return 'none';
  return parts.map(([status, count]) => `${count} ${words(status, 'ACTION_STATUS_')}`).join(', ');
}

function railOf(
  rail: AccountJson['rails'][number],
  { account, equity }: AccountJson,
  { settings }: AppContext,
): HTMLElement {
  const { value, limit, trippedAt, holdsUntil } = rail;
  const shares = rail.rail !== 'RAIL_STOP_STREAK';
  // A share of an equity that nobody reported is not known, and no zero.
  const text = shares
    ? `${percent(equity === undefined ? undefined : value)} of ${percent(limit)}`
    : `${integer(value)} of ${integer(limit)}`;
  const name = words(rail.rail, 'RAIL_');
  const tripped = trippedAt !== undefined;
  const until = settings.time(holdsUntil, 'date', account);
  const meter = h('meter', {
    min: 0,
    max: limit,
    value: Math.max(0, value),
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
    tripped ? h('span', { class: 'note problem' }, `tripped, holds until ${until}`) : undefined,
  );
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
    says: 'DTMS does nothing in this account any more: no stop is moved and nothing is closed, and actions wait until it is active again. Take over first.',
  },
  {
    state: 'TRADING_STATE_REDUCING',
    label: 'Reduce only',
    tone: 'danger',
    says: 'DTMS only does what reduces risk: stops and closes. No hedge that adds margin, nothing is added again.',
  },
  {
    state: 'TRADING_STATE_ACTIVE',
    label: 'Activate',
    tone: 'plain',
    says: 'DTMS may do everything again. What a person set is lifted, and the rails that are tripped now are too.',
  },
];
