// Money on the pages: the fleet's columns on a narrow screen, R with the amount beside it, what an account holds together; and
// that what changes is said once and stays where it is.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { Direction, MarginMode } from '../../../src/client/index.js';
import { missing, stage, titled } from './shared-stage.js';

const ACCOUNT = 'purse';

const rowOf = (page: Page, ticket: bigint) =>
  page.locator('table.fleet tbody tr', { hasText: `${ACCOUNT} ${ticket}` });

async function quoted(bid: number): Promise<void> {
  const quote = { symbol: 'EURUSD', time: new Date(), bid, ask: bid + 0.0001 };
  await stage.service.client.pushMarketData({
    feed: ACCOUNT,
    items: [{ data: { $case: 'quote', value: quote } }],
  });
}

describe.skipIf(missing)(titled('money'), () => {
  test('a narrow fleet shows policy, result and money of each trade, and is ordered by money', async () => {
    const { client } = stage.service;
    await client.upsertAccount({ account: ACCOUNT, currency: 'USD', marginMode: MarginMode.HEDGING });
    await quoted(1.101);
    for (const [ticket, entryPrice] of [
      [801n, 1.1],
      [802n, 1.102],
    ] as const)
      await client.registerTrade({
        trade: {
          ...{ account: ACCOUNT, ticket, symbol: 'EURUSD', direction: Direction.BUY, feed: ACCOUNT },
          ...{ entryPrice, volume: 1, stopLoss: 1.09 },
        },
      });
    const { page, record } = await stage.opened(`/#/?q=${ACCOUNT}`, { width: 390 });
    await rowOf(page, 801n).locator('td.money').getByText('+100.00 USD').waitFor();
    for (const shown of ['td.policy', 'td.r', 'td.money']) {
      const box = await rowOf(page, 802n).locator(shown).boundingBox();
      expect((box?.x ?? 0) + (box?.width ?? 1000), shown).toBeLessThanOrEqual(390);
    }
    const tickets = () => page.locator('table.fleet tbody .where').allTextContents();
    await page.getByRole('button', { name: 'In money' }).click();
    await expect.poll(tickets).toEqual([`${ACCOUNT} 802`, `${ACCOUNT} 801`]);
    await page.getByRole('button', { name: 'In money' }).click();
    await expect.poll(tickets).toEqual([`${ACCOUNT} 801`, `${ACCOUNT} 802`]);
    expect(record.complaints).toEqual([]);
  });

  test('the page of an account that nobody knows says so, and shows nothing else', async () => {
    const { page } = await stage.opened('/#/accounts/prse');
    await page.getByText('nothing is known of account prse').first().waitFor();
    await expect.poll(() => page.locator('main section:visible').count()).toBe(0);
    await stage.service.client.upsertAccount({ account: 'prse', marginMode: MarginMode.HEDGING });
    await page.locator('main section:visible').first().waitFor();
  });

  test('R follows the market also where money is not shown, or no longer answered', async () => {
    const { page } = await stage.opened(`/#/?q=${ACCOUNT}`);
    const [r, amount] = [rowOf(page, 801n).locator('td.r'), rowOf(page, 801n).locator('td.money')];
    await amount.getByText('+100.00 USD').waitFor();
    await page.route('**/v1/dtms/trades:results*', (route) => route.abort());
    await quoted(1.105);
    await r.getByText('+0.50 R').waitFor();
    // No amount of another moment stands beside it.
    await expect.poll(() => amount.textContent()).toBe('–');
    await page.unroute('**/v1/dtms/trades:results*');
    await amount.getByText('+500.00 USD').waitFor();
    await page.getByText('Columns').click();
    await page.getByLabel('In money').uncheck();
    await quoted(1.107);
    await r.getByText('+0.70 R').waitFor();
  });

  test('prices of a trade without a market have their decimals', async () => {
    await stage.service.client.registerTrade({
      trade: {
        ...{ account: ACCOUNT, ticket: 803n, symbol: 'NZDUSD', direction: Direction.BUY, feed: ACCOUNT },
        ...{ entryPrice: 0.61234, volume: 1, stopLoss: 0.6079 },
      },
    });
    const { page } = await stage.opened(`/#/?q=${ACCOUNT}`);
    await rowOf(page, 803n).locator('td.stop').getByText('0.60790').waitFor();
    await rowOf(page, 803n).getByRole('link').first().click();
    await page.getByRole('button', { name: 'Stop managing' }).click();
    await page.getByRole('dialog').getByText('with its stop at 0.60790.').waitFor();
  });

  test('an account shows what it holds together', async () => {
    const { client } = stage.service;
    const bridge = { account: ACCOUNT, bridgeId: 'mt5-1', connected: true, tradeAllowed: true };
    await client.reportAccount({ ...bridge, equity: 100_000, balance: 100_000 });
    const { page, record } = await stage.opened(`/#/accounts/${ACCOUNT}`);
    const held = page.getByRole('region', { name: 'Held together' });
    await held.locator('tr', { hasText: 'EUR' }).first().waitFor();
    const told = await client.getExposure({ account: ACCOUNT });
    const euros = told.currencies.find(({ currency }) => currency === 'EUR')?.held;
    expect(euros).toMatchObject({ value: '221400.00', positions: 2n });
    await held.getByText('+221,400.00 USD').first().waitFor();
    await held.getByText('No limit is set.').waitFor();
    expect(record.complaints).toEqual([]);
  });

  test('an alarm whose words change stays where it is, and is not said again', async () => {
    const { client } = stage.service;
    const another = (ticket: bigint) =>
      client.registerTrade({
        trade: {
          ...{ account: 'desk:4@x', ticket, symbol: 'EURUSD', direction: Direction.SELL },
          ...{ entryPrice: 1.1, volume: 0.5, stopLoss: 1.12 },
        },
      });
    const { page } = await stage.opened('/#/alarms');
    const card = page.locator('li.alarm[data-kind="no bridge"]', { hasText: 'desk:4@x' });
    await card.getByText('1 active trade').waitFor();
    await page.evaluate(MARK);
    const said = page.locator('span[role=status].hidden', { hasText: /alarms?\. / });
    const before = await said.textContent();
    await another(78n);
    await card.getByText('2 active trades').waitFor();
    expect(await page.evaluate('window.card.isConnected && window.card.textContent')).toContain(
      '2 active trades',
    );
    expect(await said.textContent()).toBe(before);
    expect(await page.evaluate('window.said')).toBe(0);
  });
});

/** Keeps the card, and counts what is said aloud of alarms from now on. */
const MARK = `{
  window.card = [...document.querySelectorAll('li.alarm[data-kind="no bridge"]')].find((one) => one.textContent.includes('desk:4@x'));
  window.said = 0;
  for (const one of document.querySelectorAll('span[role=status].hidden'))
    if (/alarms?\\. /.test(one.textContent)) new MutationObserver(() => window.said++).observe(one, { childList: true, characterData: true, subtree: true });
}`;
