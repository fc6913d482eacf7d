// The dashboard in a real browser, against the real service: what it shows, how soon, what it survives, and
// who can use it.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { Direction } from '../../../src/client/index.js';
import { HOSTILE_LABEL } from '../../support/dashboard-scene.js';
import { register, row } from '../../support/dashboard-stage.js';
import { missing, stage, titled } from './shared-stage.js';

interface View {
  readonly path: string;
  /** There once the page is complete. */
  readonly shown: string;
}

const VIEWS: Readonly<Record<string, View>> = {
  fleet: { path: '/', shown: 'table.fleet tbody tr' },
  trade: { path: '/#/trades/desk-2/1', shown: 'table.waterfall' },
  alarms: { path: '/#/alarms', shown: 'li.alarm' },
  history: { path: '/#/history', shown: '[aria-label=Events] tbody tr' },
  actions: { path: '/#/actions', shown: 'main table tbody tr' },
  accounts: { path: '/#/accounts', shown: 'section.account' },
  account: { path: '/#/accounts/desk-2', shown: 'section.money table tbody tr' },
  policies: { path: '/#/policies', shown: '[data-policy=watching]' },
  effect: { path: '/#/effect', shown: 'section.panel p' },
  system: { path: '/#/system', shown: '[aria-label=Rollouts] tbody tr' },
};
const THEMES = ['light', 'dark'] as const;
/** Where pictures go, for people to look at; none are taken unless it is named. */
const PICTURES = process.env.DTMS_SCREENSHOTS ?? '';
const WIDTHS = PICTURES === '' ? [1440, 390] : [1440, 1024, 390];
const HEIGHT = 900;
/** How much of an open dialog is out of its sight, sideways. */
const BEYOND_DIALOG = `{ const it = document.querySelector('dialog[open]'); it.scrollWidth - it.clientWidth }`;
const SILENT_MS = 3000;
const GRAVE = ['serious', 'critical'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(missing)(titled('pages'), () => {
  test.each(Object.entries(VIEWS))(
    '%s: complete in each width and theme, to this host only, and no serious violation',
    async (name, { path, shown }) => {
      const { page, record } = await stage.opened(path);
      await page.locator(shown).first().waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await page.evaluate(AXE);
      for (const width of WIDTHS)
        for (const theme of THEMES) {
          await page.setViewportSize({ width, height: HEIGHT });
          await page.emulateMedia({ colorScheme: theme });
          // Charts take their new width a moment after the window.
          const beyond = () => page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
          await expect.poll(beyond, { message: `${width} px` }).toBeLessThanOrEqual(0);
          // Colours are the theme's and what there is the width's: each pair need not be tried.
          if (width === 1440 || theme === 'light')
            expect(await grave(page), `${width} px, ${theme}`).toEqual([]);
          if (PICTURES !== '') await pictureOf(page, `dashboard-${name}-${width}-${theme}`);
        }
      expect(record.requests.length).toBeGreaterThan(3);
      expect(record.requests.filter((url) => !url.startsWith(`http://${stage.relay.address}/`))).toEqual([]);
      expect(record.complaints).toEqual([]);
    },
  );

  async function pictureOf(page: Page, name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  }

  /** What axe finds that keeps somebody out. */
  async function grave(page: Page): Promise<readonly string[]> {
    const found: unknown = await page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
        violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ target }) => target.join(' ')) })))`,
    );
    const all = Array.isArray(found) ? found : [];
    return all.filter(({ impact }) => GRAVE.includes(impact)).map((violation) => JSON.stringify(violation));
  }

  test('a transition is on the page soon after its call was answered', async () => {
    const { page } = await stage.opened('/');
    const { client } = stage.service;
    await page.locator('table.fleet tbody tr').first().waitFor();
    await register(client, 500n);
    await row(page, 500n).getByText('Not watched').waitFor();
    // Under the pointer rows keep their places, a closed trade's too.
    await row(page, 500n).hover();
    const answeredAt = performance.now();
    await client.closeTrade({ account: 'live', ticket: 500n });
    await row(page, 500n).getByText('Closed').waitFor();
    console.log(
      `a transition was on the page ${Math.round(performance.now() - answeredAt)} ms after its call began`,
    );
  });

  test('a restart of the server is survived without a reload, and nothing is lost', async () => {
    const { page } = await stage.opened('/');
    await register(stage.service.client, 600n);
    await row(page, 600n).waitFor();
    await page.evaluate('window.sameDocument = true');
    await stage.restart();
    // What happens while the page is cut off is in the log.
    await register(stage.service.client, 601n);
    await stage.service.client.closeTrade({ account: 'live', ticket: 600n });
    await page.getByRole('button', { name: /Reconnecting/ }).waitFor();
    stage.relay.lead(stage.service.http);
    await page.getByText('Live', { exact: true }).waitFor();
    await row(page, 601n).getByText('Not watched').waitFor();
    await page.locator('.tile', { hasText: 'Closed' }).click();
    await row(page, 600n).getByText('Closed').waitFor();
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });

  test("a caller's text is shown and never run", async () => {
    const { page, record } = await stage.opened('/');
    await page.getByText(HOSTILE_LABEL).first().waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.title()).toContain('DTMS');
    expect(record.complaints).toEqual([]);
  });

  test('keys alone: to a row, into the trade, back, and the help', async () => {
    const { page } = await stage.opened('/');
    await page.locator('table.fleet tbody tr').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const address = await page.evaluate('document.activeElement.getAttribute("href")');
    expect(address).toMatch(/^#\/trades\//);
    await page.keyboard.press('Enter');
    await page.locator('main h1').waitFor();
    expect(new URL(page.url()).hash).toBe(address);
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    await help.waitFor();
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: HEIGHT });
      const beyond = await page.evaluate(BEYOND_DIALOG);
      expect(beyond, `${width} px`).toBe(0);
    }
    await page.setViewportSize({ width: 1440, height: HEIGHT });
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await page.locator('table.fleet').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('xauusd');
    await expect.poll(() => page.locator('table.fleet tbody tr').count()).toBe(1);
  });

  test('the filter by state, and why there is nothing', async () => {
    const { page } = await stage.opened('/');
    await page.getByRole('button', { name: /^Hedged/ }).click();
    await expect.poll(() => page.locator('table.fleet tbody tr').count()).toBe(2);
    await page.locator('input[type=search]').fill('nobody has this');
    await page.getByText('No trade matches the filter.').waitFor();
  });

  test('an account is halted with a reason, after being told what that does', async () => {
    const { page } = await stage.opened('/#/accounts');
    await page.getByRole('button', { name: 'Halt: account desk-2' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/DTMS stops acting in this account/).waitFor();
    await dialog.getByRole('button', { name: 'Halt' }).click();
    expect(await dialog.isVisible(), 'a reason is needed').toBe(true);
    await dialog.getByLabel('Reason').fill('taking over');
    await dialog.getByRole('button', { name: 'Halt' }).click();
    const card = page.locator('section.account[data-account="desk-2"]');
    await card.getByText('Halted').waitFor();
    await card.getByText('taking over').waitFor();
    const { risk } = await stage.service.client.getRisk({ account: 'desk-2' });
    expect(risk?.personReason).toBe('taking over');
    await stage.service.client.setTradingState({ account: 'desk-2', state: 1 });
  });

  test('an account shows the caps of its orders, and the positions nobody defends', async () => {
    const { client } = stage.service;
    const bridge = { account: 'desk-2', bridgeId: 'mt5-1' };
    await client.setOrderCaps({
      account: 'desk-2',
      volume: 5,
      ordersPerMinute: 60,
      by: 'ann',
      reason: 'mandate',
    });
    await client.reportAccount({
      ...bridge,
      connected: true,
      tradeAllowed: true,
      equity: 10_000,
      balance: 10_050,
    });
    const odd = {
      identifier: 555n,
      symbol: 'XAUUSD',
      direction: Direction.SELL,
      volume: -1,
      entryPrice: 2400,
    };
    await client.reconcilePositions({ ...bridge, takenAt: new Date(), complete: false, positions: [odd] });
    const { page } = await stage.opened('/#/accounts');
    const card = page.locator('section.account[data-account="desk-2"]');
    await card.getByText('5.00 lots, 60 a minute').waitFor();
    await card.getByRole('heading', { name: 'Positions nobody defends' }).waitFor();
    await card.getByText(/^position 555, sell .* XAUUSD: volume/).waitFor();
  });

  test('an action in doubt is settled, and a refused one replayed', async () => {
    const { page } = await stage.opened('/#/actions');
    for (const name of [/^It was executed/, /^Replay/]) {
      const buttons = page.getByRole('button', { name });
      const before = await buttons
        .first()
        .waitFor()
        .then(() => buttons.count());
      await buttons.first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill('looked at the terminal');
      await dialog.getByRole('button', { name }).click();
      await expect.poll(() => buttons.count()).toBe(before - 1);
    }
  });

  test('the age of the data of a feed that fell silent is what the server says, also on a page of its own', async () => {
    const { client } = stage.service;
    const feed = 'silent';
    const quote = { symbol: 'EURUSD', time: new Date(), bid: 1.15, ask: 1.1501 };
    await client.pushMarketData({ feed, items: [{ data: { $case: 'quote', value: quote } }] });
    await client.registerTrade({
      trade: {
        ...{ account: 'live', ticket: 700n, symbol: 'EURUSD', direction: Direction.BUY, feed },
        ...{ entryPrice: 1.1, volume: 1, stopLoss: 1.09 },
      },
    });
    const told = async () => {
      const { view } = await client.getMarketView({ feed, symbol: 'EURUSD' });
      return Number(view?.feedTime) - Number(view?.asOf);
    };
    await expect.poll(told).toBeGreaterThan(SILENT_MS);
    const { page } = await stage.opened('/');
    const age = row(page, 700n).locator('td.data');
    await age.waitFor();
    await expect.poll(() => age.textContent()).toMatch(/^\d+ s/);
    const shown = Number((await age.textContent())?.match(/^\d+/)?.[0]) * 1000;
    expect(shown).toBeGreaterThanOrEqual(SILENT_MS);
    expect(shown).toBeLessThanOrEqual(await told());
  });

  test('an operator sees how the server is set up', async () => {
    const { page } = await stage.opened('/#/system');
    await page.getByText('enforce: orders go to the bridges').waitFor();
    await page.getByText('not needed until one exists').waitFor();
    await page.getByText('All settings').click();
    const settings = page.getByRole('region', { name: 'All settings' });
    const hedge = settings.locator('tr', { hasText: 'rules.states.hedgeScore' });
    await expect.poll(() => hedge.textContent()).toContain('-0.3');
  });

  test('the theme and the zone are chosen, and kept', async () => {
    const { page } = await stage.opened('/');
    await page.getByLabel('Theme').selectOption('dark');
    await page.getByLabel('Times').selectOption('local');
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    await page.reload();
    expect(await ground()).toBe(dark);
    await page.getByLabel('Theme').selectOption('light');
    expect(await ground()).not.toBe(dark);
    expect(await page.getByLabel('Times').inputValue()).toBe('local');
  });
});
