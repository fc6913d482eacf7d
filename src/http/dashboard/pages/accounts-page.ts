// Owns the page of accounts: a card each, and the way to the page of one.
import type { ListAccountsResponse } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { Page } from '../app-context.js';
import type { AccountJson } from '../data/json.js';
import { h } from '../ui/dom.js';
import { PAPER_COMMAND } from '../ui/example-commands.js';
import { type AccountCard, accountCard } from './account-card.js';
import { accountPage } from './account-page.js';
import { polled } from './polled.js';

const EVERY_MS = 3000;
const PAGE_SIZE = 500;

export const accountsPage: Page = (element, params, context) => {
  if (params[0] !== undefined) return accountPage(element, params, context);
  const list = h('div', { class: 'cards' });
  const cards = new Map<string, AccountCard>();
  const poll = polled(EVERY_MS, async (signal) => {
    const accounts: AccountJson[] = [];
    const pages = context.api.pages<ListAccountsResponse>(
      '/v1/dtms/accounts',
      { pageSize: PAGE_SIZE },
      { signal },
    );
    for await (const page of pages) accounts.push(...page.accounts);
    for (const account of accounts) {
      const card = cards.get(account.account) ?? accountCard(account, context, () => poll.soon());
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
    'No accounts yet: none has been reported or set up, and none has trades. A bridge reports its account by heartbeat. To try it:';
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, why),
    h('pre', { tabindex: 0 }, h('code', {}, PAPER_COMMAND)),
  );
}
