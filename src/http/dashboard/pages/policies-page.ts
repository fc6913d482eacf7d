// Owns the page of policies: which there are, whom each is for, what it does, and which trades have it; putting one into force,
// and giving it to trades.
import type { DeletePolicyResponse } from '../../../../gen/ts/dtms/v1/policy_service.js';
import type { AppContext, Page } from '../app-context.js';
import { path, requestId } from '../data/api.js';
import { type ListedPolicyJson, PLAN, type PolicyJson } from '../data/policy.js';
import { href } from '../router.js';
import { button, h } from '../ui/dom.js';
import { integer } from '../ui/format.js';
import { OBSERVES, planText, ruleText, scopeText } from '../ui/policy-text.js';
import { whenNew } from '../ui/when-new.js';
import { carryOut } from './actions-page.js';
import { askToPut, assignByHand, writePolicy } from './policy-dialogs.js';

const TEMPLATE = {
  name: 'my-policy',
  description: 'What it is for.',
  observe: true,
  scope: { labels: ['my-strategy'] },
  plan: { off: true },
  rules: [{ chandelier: { atrs: 2 } }],
};
const EVERY_MS = 2000;
const EVERYBODYS = { 'data-needs': 'admin everyone' } as const;

export const policiesPage: Page = (element, _params, context) => {
  const list = h('div', { class: 'stack' });
  const none = h(
    'p',
    { class: 'empty' },
    'No policy yet: every trade follows the documented plan. A key that is limited to accounts sees none.',
  );
  element.append(
    h(
      'div',
      { class: 'head' },
      h('h1', {}, 'Policies'),
      button('New policy', EVERYBODYS, () => void writePolicy(context, TEMPLATE)),
    ),
    h(
      'p',
      { class: 'soft' },
      'Which trades are defended how. A trade has the version that was for it when it was registered, and keeps it until another is assigned.',
    ),
    list,
    none,
  );
  const whenOther = whenNew();
  const show = () => {
    const { list: policies } = context.policies;
    const onPlan = planTrades(context);
    none.hidden = policies.length > 0;
    whenOther([JSON.stringify(policies), onPlan], () =>
      list.replaceChildren(planCard(onPlan, context), ...policies.flatMap((each) => cardOf(each, context))),
    );
  };
  const stop = context.policies.onChange(show);
  const timer = setInterval(show, EVERY_MS);
  context.policies.changed();
  show();
  return () => {
    stop();
    clearInterval(timer);
  };
};

function planTrades({ fleet }: AppContext): number {
  let count = 0;
  for (const { policy, state } of fleet.all())
    if (state !== 'TRADE_STATE_CLOSED' && (policy === undefined || policy.name === PLAN)) count += 1;
  return count;
}

function planCard(trades: number, context: AppContext): HTMLElement {
  return h(
    'section',
    { class: 'panel policy-card', 'data-policy': PLAN },
    h(
      'div',
      { class: 'head' },
      h('div', { class: 'named' }, h('h2', {}, PLAN), h('span', { class: 'badge good' }, 'Enforces')),
      h('span', { class: 'count' }, tradesLink(trades, PLAN)),
    ),
    h(
      'p',
      {},
      'The documented six-state plan, with the numbers of the settings: for every trade that no policy is for.',
    ),
    h(
      'div',
      { class: 'buttons start' },
      button('Assign', { 'aria-label': `Assign ${PLAN}`, 'data-needs': 'admin' }, () => {
        void assignByHand(context, { name: PLAN }, () => undefined);
      }),
    ),
  );
}

function tradesLink(trades: number, name: string): HTMLElement {
  const text = `${integer(trades)} ${trades === 1 ? 'trade' : 'trades'}`;
  return h('a', { href: `${href('')}?q=${encodeURIComponent(`policy:${name}`)}` }, text);
}

function cardOf(listed: ListedPolicyJson, context: AppContext): readonly HTMLElement[] {
  const { policy, deleted, uses } = listed;
  if (policy === undefined) return [];
  const trades = uses.reduce((sum, use) => sum + Number(use.trades), 0);
  const facts: readonly (readonly [string, string])[] = [
    ['For', deleted ? 'no new trade: it is deleted' : scopeText(policy)],
    ['Of the plan its trades follow', planText(policy)],
    ['Rules', policy.rules.length === 0 ? 'none beside the plan' : policy.rules.map(ruleText).join('; ')],
    ['Priority', integer(policy.priority)],
    [
      'R of new trades',
      policy.riskAtrs === undefined ? 'their stop says it' : `${policy.riskAtrs} ATR of M15 bars`,
    ],
    ['Trades by version', usesText(listed)],
  ];
  return [
    h(
      'section',
      { class: 'panel policy-card', 'data-policy': policy.name },
      h(
        'div',
        { class: 'head' },
        h('div', { class: 'named' }, h('h2', {}, `${policy.name} v${policy.version}`), modeBadge(listed)),
        h('span', { class: 'count' }, tradesLink(trades, policy.name)),
      ),
      policy.description === '' ? undefined : h('p', {}, policy.description),
      policy.observe ? h('p', { class: 'banner' }, OBSERVES) : undefined,
      h(
        'dl',
        { class: 'facts wide' },
        ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
      ),
      h('div', { class: 'buttons start' }, ...buttonsOf(listed, policy, context)),
    ),
  ];
}

function modeBadge({ policy, deleted }: ListedPolicyJson): HTMLElement {
  if (policy?.observe === true) return h('span', { class: 'badge bad' }, 'Observes: defends nothing');
  return deleted
    ? h('span', { class: 'badge warn' }, 'Deleted')
    : h('span', { class: 'badge good' }, 'Enforces');
}

function usesText({ uses }: ListedPolicyJson): string {
  if (uses.length === 0) return 'no active trade has it';
  return uses.map(({ version, trades }) => `v${version}: ${integer(trades)}`).join(', ');
}

function buttonsOf(
  { deleted }: ListedPolicyJson,
  policy: PolicyJson,
  context: AppContext,
): readonly HTMLElement[] {
  const { version: _, ...written } = policy;
  const { name, observe } = policy;
  const turned = observe ? 'Enforce' : 'Only observe';
  const change = button('Change', { 'aria-label': `Change ${name}`, ...EVERYBODYS }, () => {
    void writePolicy(context, written, policy);
  });
  const assign = button('Assign', { 'aria-label': `Assign ${name}`, 'data-needs': 'admin' }, () => {
    void assignByHand(context, { name }, () => undefined);
  });
  const turn = button(
    turned,
    { class: observe ? '' : 'danger', 'aria-label': `${turned}: ${name}`, ...EVERYBODYS },
    () => void askToPut(context, { ...written, observe: !observe }, policy),
  );
  return deleted ? [change] : [assign, change, turn, deleteButton(name, context)];
}

function deleteButton(name: string, { api, policies }: AppContext): HTMLElement {
  const title = `Delete: policy ${name}`;
  const text = [
    'It is for no new trade any more. Trades that have it keep it until another one is assigned to them.',
  ];
  return button('Delete', { class: 'danger', 'aria-label': title, ...EVERYBODYS }, () => {
    void carryOut(
      { title, text, action: 'Delete', tone: 'danger', reason: 'required' },
      (reason) =>
        api.post<DeletePolicyResponse>(path`/v1/dtms/policies/${name}:delete`, {
          reason,
          requestId: requestId(),
        }),
      () => policies.changed(),
    );
  });
}
