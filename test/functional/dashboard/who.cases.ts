// Who the reader is: a key is asked for and kept as chosen, what it may not is not offered, and a link made by who may only reads.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { Direction } from '../../../src/client/index.js';
import { startService } from '../../support/app.js';
import { DatabaseKeys } from '../../support/keys.js';
import { missing, stage, titled } from './shared-stage.js';

describe.skipIf(missing)(titled('who'), () => {
  test('a key is asked for and kept as chosen; what it may not is not offered; a link only reads, until it is revoked', async () => {
    const guarded = await startService({ access: { mode: 'required' } });
    const keys = new DatabaseKeys(guarded.databaseUrl);
    try {
      const reader = (await keys.make([Scope.READ])).text;
      const admin = (await keys.make([Scope.ADMIN])).text;
      const base = guarded.http;
      const { page } = await stage.opened('/', { base });
      const dialog = page.getByRole('dialog', { name: 'An API key is required' });
      const use = async (key: string) => {
        await dialog.getByLabel('API key').fill(key);
        await dialog.getByRole('button', { name: 'Use the key' }).click();
      };
      await use('dtms_aaaaaaaaaaaa_wrong');
      await dialog.getByText(/was refused/).waitFor();
      await use(reader);
      await page.getByText('Live', { exact: true }).waitFor();
      await page.getByRole('button', { name: /: read only$/ }).waitFor();
      await page.goto(`http://${base}/#/system`);
      await page.getByText(/needs a key with the scope admin/).waitFor();
      const flag = page.locator('tr[data-flag="signal.MOMENTUM"]');
      await flag.waitFor();
      expect(await flag.getByRole('button').count(), 'nothing is offered').toBe(0);
      expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain(reader);

      await page.getByRole('button', { name: /: read only$/ }).click();
      await page.getByRole('button', { name: 'Log out' }).click();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
      await dialog.getByLabel('Keep it on this device').check();
      await use(admin);
      await flag.getByRole('button', { name: 'Switch off' }).waitFor();
      expect(await page.evaluate('JSON.stringify({ ...localStorage })')).toContain(admin);

      await shareAndRevoke(page, base);
    } finally {
      await keys.close();
      await guarded.end();
    }
  });

  test('a key for some accounts sees the trades of one of them, and of the one that is chosen; one that may not read is told', async () => {
    const guarded = await startService();
    const keys = new DatabaseKeys(guarded.databaseUrl);
    try {
      for (const account of ['one', 'two', 'three'])
        await guarded.client.registerTrade({
          trade: {
            ...{ account, ticket: 7n, symbol: 'EURUSD', direction: Direction.BUY },
            ...{ entryPrice: 1.1, volume: 1, stopLoss: 1.09 },
          },
        });
      const limited = (await keys.make([Scope.READ], ['one', 'two'])).text;
      const market = (await keys.make([Scope.MARKET])).text;
      const link = (key: string) => `/#key=${encodeURIComponent(key)}`;
      const { page } = await stage.opened(link(limited), { base: guarded.http });
      const rows = page.locator('table.fleet tbody tr');
      await rows.getByText('one 7').waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await page.getByLabel('Account in view').selectOption('two');
      await rows.getByText('two 7').waitFor();
      expect(await rows.count()).toBe(1);
      for (const [at, shown] of [
        ['history', '[aria-label=Events] tbody tr'],
        ['actions', 'h2'],
        ['effect', 'section.panel p'],
      ] as const) {
        await page.goto(`http://${guarded.http}/#/${at}`);
        await page.locator(`main ${shown}`).first().waitFor();
        expect(await page.locator('main').textContent(), at).not.toMatch(/This key may not/);
      }

      const { page: other } = await stage.opened(link(market), { base: guarded.http });
      await other.getByText('Not allowed', { exact: true }).waitFor();
      await other.getByText(/^Trades are not known: This key may not do that/).waitFor();
      expect(await other.locator('.tile b').allInnerTexts()).toEqual(Array(9).fill('–'));
    } finally {
      await keys.close();
      await guarded.end();
    }
  });
});

/** An administrator makes a link, whoever has it only reads, and it opens nothing once its key is revoked. */
async function shareAndRevoke(page: Page, base: string): Promise<void> {
  await page.getByRole('button', { name: /: admin$/ }).click();
  await page.getByRole('button', { name: 'Read-only link' }).click();
  await page.getByLabel('Name of the key').fill('link-for-ann');
  await page.getByRole('button', { name: 'Make the link' }).click();
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  expect(new URL(link).search).toBe('');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  const { page: guest, record } = await stage.opened(link.slice(`http://${base}`.length), { base });
  await guest.getByRole('button', { name: 'link-for-ann: read only' }).waitFor();
  expect(new URL(guest.url()).hash, 'the page it was made on, and no key').toBe('#/system');
  const secret = decodeURIComponent(/key=([^&]+)/.exec(link)?.[1] ?? '');
  expect(secret).toMatch(/^dtms_/);
  expect(record.requests.filter((url) => url.includes(secret))).toEqual([]);
  await guest.locator('tr[data-flag="signal.MOMENTUM"]').waitFor();
  expect(await guest.getByRole('button', { name: 'Switch off' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Revoke: key link-for-ann' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await guest.getByText('Key needed', { exact: true }).waitFor();
}
