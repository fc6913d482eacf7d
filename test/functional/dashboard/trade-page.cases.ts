// A trade's page in a real browser, against the real service: why it is where it is, what became of its orders,
// and what is asked of the server for it.
import { describe, expect, test } from 'vitest';
import { Monitoring } from '../../../src/client/index.js';
import { register } from '../../support/dashboard-stage.js';
import { missing, stage, titled } from './shared-stage.js';

const HOUR_MS = 3_600_000;

describe.skipIf(missing)(titled("a trade's page"), () => {
  test('a trade says why it is in its state, and what became of its orders', async () => {
    const { page } = await stage.opened('/#/trades/desk-2/2');
    await page.locator('h1', { hasText: 'BTCUSD BUY 2' }).waitFor();
    const delta = page.locator('table.waterfall tr', { hasText: 'delta pressure' });
    expect(await delta.textContent()).toContain('unavailable');
    expect(await delta.textContent()).not.toContain('0.00');
    await page.locator('.candles canvas').first().waitFor();
    const events = page.getByRole('region', { name: 'Events' });
    await events.getByText('Warning 1 to Warning 2').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('lunch');
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await events.getByText('lunch').waitFor();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    const { trade } = await stage.service.client.getTrade({ account: 'desk-2', ticket: 2n });
    expect(trade?.monitoring).toBe(Monitoring.PAUSED);
  });

  test('the charts are read by keys, bar by bar, and show bars of another length', async () => {
    const { page, record } = await stage.opened('/#/trades/desk-2/2');
    await page.locator('.candles canvas').first().waitFor();
    const readout = page.locator('.readout');
    await expect.poll(() => readout.textContent()).toMatch(/close \d/);
    const newest = await readout.textContent();
    await page.locator('.candles').focus();
    for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
    await expect.poll(() => readout.textContent()).not.toBe(newest);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'M15', exact: true }).click();
    await page.locator('button[aria-pressed=true]', { hasText: 'M15' }).waitFor();
    expect(record.complaints).toEqual([]);
  });

  test('an action whose plan the log has forgotten is told all the same', async () => {
    const { page } = await stage.opened('/');
    await page.route('**/v1/dtms/events?*', (route) =>
      route.fulfill({ json: { events: [], nextPageToken: '' } }),
    );
    await page.goto(`http://${stage.relay.address}/#/trades/desk-2/1`);
    const actions = page.getByRole('region', { name: 'Actions' });
    await actions.getByText('the log no longer has its plan').first().waitFor();
    await actions.getByText('10016 INVALID_STOPS').waitFor();
    const listed = await stage.service.client.listActions({ account: 'desk-2', ticket: 1n });
    expect(await actions.locator('tbody tr').count()).toBe(listed.actions.length);
  });

  test('what is known of the market is not asked for again', async () => {
    const { record } = await stage.opened('/#/trades/desk-2/2');
    const asked = (what: string) =>
      record.requests.filter((url) => url.includes(`/BTCUSD/${what}?`)).map((url) => startOf(url));
    for (const what of ['bars', 'evaluations']) {
      await expect.poll(() => asked(what).length).toBeGreaterThan(1);
      const [first = 0, second = 0] = asked(what);
      expect(second - first, what).toBeGreaterThan(2 * HOUR_MS);
    }
  });

  const startOf = (url: string) => Date.parse(new URL(url).searchParams.get('startTime') ?? '');

  test('a button in the tables of the charts keeps the focus when they are made again', async () => {
    const { page } = await stage.opened('/#/trades/desk-2/2');
    await page.getByText('The charts as tables').click();
    const told = page.getByRole('region', { name: 'The charts as tables' });
    const moment = await told.getByRole('button').nth(2).getAttribute('data-kept');
    await page.evaluate(`{
      window.before = document.querySelector('[data-kept="${moment}"]');
      window.before.focus();
      const times = document.querySelector('select[name=times], select[aria-label=Times]')
        ?? [...document.querySelectorAll('select')].find(({ value }) => value === 'utc');
      times.value = 'local';
      times.dispatchEvent(new Event('change', { bubbles: true }));
    }`);
    await expect.poll(() => page.evaluate('window.before.isConnected')).toBe(false);
    expect(await told.locator('button:focus').getAttribute('data-kept')).toBe(moment);
  });

  test('a closed trade tells its result, or why there is none', async () => {
    const { client } = stage.service;
    for (const ticket of [701n, 702n]) await register(client, ticket);
    await client.closeTrade({ account: 'live', ticket: 701n, closePrice: 1.08 });
    await client.closeTrade({ account: 'live', ticket: 702n });
    const { page } = await stage.opened('/#/trades/live/701');
    await page.getByText('−2.00 R').waitFor();
    await page.goto(`http://${stage.relay.address}/#/trades/live/702`);
    await page.getByText('not reported').waitFor();
  });

  test("the score's levels are the server's, and the defaults for a key that may not read them", async () => {
    const { page } = await stage.opened('/#/trades/desk-2/2');
    await page.getByText(/Levels: recovers at \+1, warning 1 at −0.1.*the server's/).waitFor();
    await page.route('**/v1/dtms/config', (route) =>
      route.fulfill({ status: 403, json: { error: { code: 403, message: 'no' } } }),
    );
    await page.reload();
    await page.getByText(/warning 1 at −2.*hedge at −6 \(the defaults/).waitFor();
    expect(await page.locator('.banner:visible').count()).toBe(0);
  });

  test('an unknown trade is said to be unknown', async () => {
    const { page } = await stage.opened('/#/trades/desk-2/4711');
    await page.locator('.banner', { hasText: '4711' }).waitFor();
  });
});
