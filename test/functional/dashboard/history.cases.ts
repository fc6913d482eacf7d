// What is over, in a real browser against the real service: closed trades with what they came to, as a table, by an address
// and as a file; and the fleet by an address of its own.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { register, row } from '../../support/dashboard-stage.js';
import { missing, stage, titled } from './shared-stage.js';

describe.skipIf(missing)(titled('the history'), () => {
  test('closed trades and their sums, those that close meanwhile too; the address keeps the filter', async () => {
    const { client } = stage.service;
    for (const ticket of [801n, 802n, 803n]) await register(client, ticket);
    await client.closeTrade({ account: 'live', ticket: 801n, closePrice: 1.12 });
    await client.closeTrade({ account: 'live', ticket: 802n, closePrice: 1.09 });
    const { page, record } = await stage.opened('/#/history?account=live&q=80');
    const closed = page.getByRole('region', { name: 'Closed trades' });
    await closed.locator('tbody tr', { hasText: 'live 801' }).getByText('+2.00 R').waitFor();
    await closed.locator('tbody tr', { hasText: 'live 802' }).getByText('−1.00 R').waitFor();
    const sum = page.locator('.facts div', { hasText: 'Average' });
    await sum.getByText('+0.50 R').waitFor();

    await client.closeTrade({ account: 'live', ticket: 803n });
    await closed.locator('tbody tr', { hasText: 'live 803' }).getByText('no close price').waitFor();
    // What is not known is in no sum.
    await sum.getByText('+0.50 R').waitFor();

    await page.getByLabel('Search the closed trades').fill('802');
    await expect.poll(() => closed.locator('tbody tr').count()).toBe(1);
    await page.reload();
    await closed.locator('tbody tr', { hasText: 'live 802' }).waitFor();
    expect(await closed.locator('tbody tr').count()).toBe(1);
    expect(new URL(page.url()).hash).toContain('q=802');

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Keep the closed trades as a CSV file' }).click(),
    ]);
    const [head = '', line = '', ...more] = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(head).toContain('account,ticket,symbol,direction');
    expect(line).toMatch(/^live,802,EURUSD,BUY,/);
    expect(more).toEqual([]);

    const events = page.getByRole('region', { name: 'Events' });
    await page.getByLabel('Search the events').fill('802 closed');
    await expect.poll(() => events.locator('tbody tr').count()).toBe(1);
    expect(record.complaints).toEqual([]);
  });

  test('the fleet is filtered, grouped and shown by its address, which a reload keeps', async () => {
    const { page, record } = await stage.opened('/#/?q=account:desk-2&by=account&columns=score,r');
    const rows = page.locator('table.fleet tbody tr');
    await rows.locator('nth=0').getByText('2 trades').waitFor();
    expect(await rows.count()).toBe(3);
    expect(await page.locator('table.fleet thead th.stop').isVisible()).toBe(false);
    expect(await page.locator('table.fleet thead th.score').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'desk-2' }).click();
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByLabel('Group by').selectOption('');
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByText('Columns', { exact: true }).click();
    await page.getByLabel('Stop', { exact: true }).check();
    await page.locator('table.fleet thead th.stop').waitFor();
    await page.getByText('Views', { exact: true }).click();
    await page.getByLabel('Name of the view').fill('desk two');
    await page.getByRole('button', { name: 'Keep this view' }).click();
    await page.goto(`http://${stage.relay.address}/#/`);
    await row(page, 700n).or(rows.first()).first().waitFor();
    await page.getByText('Views', { exact: true }).click();
    await page.getByRole('link', { name: 'desk two' }).click();
    await expect.poll(() => rows.count()).toBe(2);
    expect(await page.locator('table.fleet thead th.stop').isVisible()).toBe(true);
    expect(record.complaints).toEqual([]);
  });

  test('an account has a page of its own with its trades and its results', async () => {
    const { page, record } = await stage.opened('/#/accounts');
    await page.getByRole('link', { name: 'desk-2' }).click();
    await page.getByRole('heading', { name: 'Accounts / desk-2' }).waitFor();
    await page.locator('section.account').getByText('daily loss').waitFor();
    await expect.poll(() => page.locator('table.fleet tbody tr').count()).toBe(2);
    await page.getByRole('region', { name: 'Feeds' }).getByText('desk-2').first().waitFor();
    expect(record.complaints).toEqual([]);
  });
});
