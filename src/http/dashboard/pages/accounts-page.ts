// Owns the page of accounts: money, rails, bridges, and what DTMS may do in each.
import type {
  ListAccountsResponse,
  SetTradingStateResponse,
} from '../../../../gen/ts/dtms/v1/account_service.js';
import type { AppContext, Page } from '../app-context.js';
import { path, requestId } from '../data/api.js';
import type { AccountJson } from '../data/json.js';
import type { Question } from '../ui/dialog.js';
import { button, h } from '../ui/dom.js';
import { ago, decimal, integer, percent, UNKNOWN, words } from '../ui/format.js';
import { carryOut } from './actions-page.js';
import { isBusy, polled } from './polled.js';

const EVERY_MS = 3000;
const PAGE_SIZE = 500;
const AGE_MS = 5000;

export const accountsPage: Page = (element, _params, context) => {
  const list = h('div', { class: 'cards' });
  const shown = new Map<string, string>();
  const poll = polled(EVERY_MS, async (signal) => {
    const accounts: AccountJson[] = [];
    const pages = context.api.pages<ListAccountsResponse>(
      '/v1/dtms/accounts',
      { pageSize: PAGE_SIZE },
      { signal },
    );
    for await (const page of pages) accounts.push(...page.accounts);
    if (accounts.length === 0) {
      list.replaceChildren(
        h(
          'div',
          { class: 'empty' },
          h(
            'p',
            {},
            'No account is known: none has reported, was set up, or has trades. A bridge tells of its account by its heartbeat; to try it:',
          ),
          h(
            'pre',
            { tabindex: 0 },
            h('code', {}, 'dtms paper --account demo --symbol BTCUSD --bars btcusd-m15.csv --sample 20'),
          ),
        ),
      );
      return;
    }
    // A card is made anew only when it says something else, and not while somebody is at its buttons.
    const cards = accounts.map((account) => {
      const known = list.querySelector<HTMLElement>(`[data-account="${CSS.escape(account.account)}"]`);
      // How long ago things were grows without news, too.
      const text = `${JSON.stringify(account)} ${Math.floor(context.clock.now() / AGE_MS)}`;
      if (known !== null && (shown.get(account.account) === text || isBusy(known))) return known;
      shown.set(account.account, text);
      return cardOf(account, context, poll.soon);
    });
    if (cards.some((card, index) => list.children[index] !== card) || list.children.length !== cards.length)
      list.replaceChildren(...cards);
  });
  element.append(h('h1', {}, 'Accounts'), poll.note, list);
  return () => poll.end();
};

const TRADING_TEXT: Readonly<Record<string, string>> = {
  TRADING_STATE_ACTIVE: 'Active',
  TRADING_STATE_REDUCING: 'Reducing only',
  TRADING_STATE_HALTED: 'Halted',
};

function cardOf(account: AccountJson, context: AppContext, done: () => void): HTMLElement {
  const { tradingState, person, personReason, personState, marginMode, fifo, reportedAt, reconciledAt } =
    account;
  const { settings } = context;
  const tone =
    tradingState === 'TRADING_STATE_ACTIVE'
      ? 'good'
      : tradingState === 'TRADING_STATE_HALTED'
        ? 'bad'
        : 'warn';
  const byHand =
    personState === 'TRADING_STATE_ACTIVE' || personState === 'TRADING_STATE_UNSPECIFIED'
      ? undefined
      : h(
          'p',
          { class: 'soft' },
          `Set by ${person === '' ? 'a person' : person}${personReason === '' ? '' : `: ${personReason}`}`,
        );
  const facts: readonly (readonly [string, string])[] = [
    ['Equity', decimal(account.equity, 2)],
    ['Balance', decimal(account.balance, 2)],
    ['Open risk', decimal(account.openRisk, 2)],
    ['Active trades', integer(account.activeTrades)],
    ['Open actions', openText(account)],
    ['Margin', `${words(marginMode, 'MARGIN_MODE_')}${fifo ? ', FIFO' : ''}`],
    ['Reported', settings.time(reportedAt, 'date', account.account)],
    ['Reconciled', settings.time(reconciledAt, 'date', account.account)],
  ];
  return h(
    'section',
    { class: 'panel account', 'data-account': account.account, 'aria-label': `Account ${account.account}` },
    h(
      'div',
      { class: 'head' },
      h('h2', {}, account.account),
      h('span', { class: `badge ${tone}` }, TRADING_TEXT[tradingState] ?? 'Unknown'),
    ),
    byHand,
    h(
      'dl',
      { class: 'facts' },
      ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
    h('h3', {}, 'Rails'),
    account.rails.length === 0
      ? h('p', { class: 'soft' }, 'Nothing to measure them by: the account has not reported its equity.')
      : h('div', { class: 'rails' }, ...account.rails.map((rail) => railOf(rail, account.account, context))),
    h('h3', {}, 'Bridges'),
    account.bridges.length === 0
      ? h('p', { class: 'soft' }, 'No bridge was seen in the last day: actions wait.')
      : h('ul', { class: 'bridges' }, ...account.bridges.map((bridge) => bridgeOf(bridge, context))),
    h('div', { class: 'buttons start' }, ...buttonsOf(account, context, done)),
  );
}

function openText({ openActions }: AccountJson): string {
  const parts = Object.entries(openActions).filter(([, count]) => Number(count) > 0);
  if (parts.length === 0) return 'none';
  return parts.map(([status, count]) => `${count} ${words(status, 'ACTION_STATUS_')}`).join(', ');
}

function railOf(rail: AccountJson['rails'][number], account: string, { settings }: AppContext): HTMLElement {
  const { value, limit, trippedAt, holdsUntil } = rail;
  const shares = rail.rail !== 'RAIL_STOP_STREAK';
  const text = shares ? `${percent(value)} of ${percent(limit)}` : `${integer(value)} of ${integer(limit)}`;
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

function buttonsOf(account: AccountJson, { api }: AppContext, done: () => void): readonly HTMLElement[] {
  const { account: name, tradingState } = account;
  return CHOICES.map(({ state, label, tone, says }) => {
    const attributes = {
      class: tone === 'danger' ? 'danger' : '',
      disabled: state === tradingState,
      'aria-label': `${label}: account ${name}`,
    };
    return button(label, attributes, () => {
      const question: Question = {
        title: `${label}: account ${name}`,
        text: [says, `It has ${account.activeTrades} active trades.`],
        action: label,
        tone,
        reason: 'required',
      };
      void carryOut(
        question,
        (reason) =>
          api.post<SetTradingStateResponse>(path`/v1/dtms/accounts/${name}:setTradingState`, {
            state,
            reason,
            requestId: requestId(),
          }),
        done,
      );
    });
  });
}
