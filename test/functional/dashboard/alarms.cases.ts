// Alarms in a real browser, against the real service: within two seconds of their cause on every page, in the title and
// beside the way, with the action that resolves them, and gone with their cause.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TradingState } from '../../../src/client/index.js';
import { missing, stage, titled } from './shared-stage.js';

const alarmOf = (page: Page, kind: string, text: string) =>
  page.locator(`li.alarm[data-kind="${kind}"]`, { hasText: text });

describe.skipIf(missing)(titled('alarms'), () => {
  test('come soon after their cause on any page, go with it, and are resolved beside what they say', async () => {
    const { page, record } = await stage.opened('/#/alarms');
    const doubt = alarmOf(page, 'action in doubt', 'desk-2');
    await doubt.getByRole('button', { name: /It was executed/ }).waitFor();
    await alarmOf(page, 'dead letters', 'desk-2').getByText('Decide on the actions').waitFor();
    await alarmOf(page, 'no bridge', 'desk:4@x').waitFor();
    expect(await page.title()).toMatch(/^\(\d+\) Alarms/);

    await page.goto(page.url().replace('#/alarms', '#/system'));
    const decision = { account: 'desk-2', by: 'ann', reason: 'a test' };
    await stage.service.client.setTradingState({ ...decision, state: TradingState.HALTED });
    const before = await page.locator('nav .badge').textContent();
    await page.goto(page.url().replace('#/system', '#/alarms'));
    const halted = alarmOf(page, 'halted', 'desk-2');
    await halted.getByRole('button', { name: 'Activate desk-2' }).click();
    await page.getByLabel('Reason').fill('looked at');
    await page.locator('dialog').getByRole('button', { name: 'Activate desk-2' }).click();
    await halted.waitFor({ state: 'detached' });
    expect(Number(before)).toBeGreaterThan(3);

    await doubt.getByRole('button', { name: /Give up/ }).click();
    await page.getByLabel('Reason').fill('closed by hand');
    await page.locator('dialog').getByRole('button', { name: 'Give up' }).click();
    await doubt.waitFor({ state: 'detached' });
    expect(record.complaints).toEqual([]);
  });

  test('a feature flag is switched off with a reason, is an alarm where it defends trades, and is cleared', async () => {
    const { page, record } = await stage.opened('/#/system');
    const flag = page.locator('tr[data-flag="signal.MOMENTUM"]');
    await flag.getByText('on', { exact: true }).waitFor();
    await flag.getByRole('button', { name: 'Switch off' }).click();
    await page.getByLabel('Reason').fill('it misleads');
    await page.locator('dialog').getByRole('button', { name: 'Switch off' }).click();
    await flag.getByText('off for everybody').waitFor();
    await page.goto(page.url().replace('#/system', '#/alarms'));
    await alarmOf(page, 'switched off', 'signal.MOMENTUM').waitFor();
    await page.goto(page.url().replace('#/alarms', '#/system'));
    await flag.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Reason').fill('looked at');
    await page.locator('dialog').getByRole('button', { name: 'Clear' }).click();
    await flag.getByText('on', { exact: true }).waitFor();
    expect(await flag.getByRole('button', { name: 'Clear' }).count()).toBe(0);
    expect(record.complaints).toEqual([]);
  });

  test('an address that is none of its pages says so', async () => {
    const { page } = await stage.opened('/#/nowhere');
    await page.getByRole('heading', { name: 'Not found' }).waitFor();
    expect(await page.locator('table.fleet').count()).toBe(0);
  });
});
