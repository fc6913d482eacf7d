// Policies on the pages: what only observes is no comfort anywhere, a change is previewed before it is made, and a rollout is read.
import { describe, expect, test } from 'vitest';
import { row } from '../../support/dashboard-stage.js';
import { missing, stage, titled } from './shared-stage.js';

/** The trade's symbol has no market, which the browser's console complains of. */
const notOfTheMarket = (complaint: string): boolean => !complaint.includes('404');

describe.skipIf(missing)(titled('policies'), () => {
  test('a policy that only observes says so on its card, in the fleet and on the trade', async () => {
    const { page, record } = await stage.opened('/#/policies');
    const card = page.locator('[data-policy=watching]');
    await card.getByText('Observes: defends nothing').waitFor();
    await card.getByText('new trades of label watched*').waitFor();
    await card.getByRole('link', { name: '1 trade' }).click();
    await expect.poll(() => page.locator('table.fleet tbody tr').count()).toBe(1);
    const watched = row(page, 900n);
    await watched.getByText('only observes: watching v1').waitFor();
    await page.getByLabel('Group by').selectOption('policy');
    await page.locator('tr.group', { hasText: 'watching' }).waitFor();
    await watched.getByRole('link').first().click();
    await page.getByText(/^watching v1: It only observes/).waitFor();
    expect(record.complaints.filter(notOfTheMarket)).toEqual([]);
  });

  test('a trade gets another policy after being told what that does, and one is put into force', async () => {
    const { client } = stage.service;
    const { page, record } = await stage.opened('/#/trades/live/900');
    await page.getByRole('button', { name: 'Change policy' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Policy').selectOption('dtms');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText(/EURUSD 900 \(watching v1 to dtms v1\)/).waitFor();
    await dialog.getByLabel('Reason').fill('it is to be defended');
    await dialog.getByRole('button', { name: 'Give it to them' }).click();
    await page.getByText('dtms, the documented plan').waitFor();
    expect((await client.getTrade({ account: 'live', ticket: 900n })).trade?.policy?.name).toBe('dtms');

    await page.goto(`http://${stage.relay.address}/#/policies`);
    await page.getByRole('button', { name: 'Enforce: watching' }).click();
    await dialog.getByText(/Running trades keep what they have/).waitFor();
    await dialog.getByLabel('Reason').fill('it has shown itself');
    await dialog.getByRole('button', { name: 'Put it into force' }).click();
    await page.locator('[data-policy=watching]').getByText('Enforces').waitFor();
    const { policy } = await client.getPolicy({ name: 'watching' });
    expect([policy?.policy?.version, policy?.policy?.observe]).toEqual([2n, false]);
    expect(record.complaints.filter(notOfTheMarket)).toEqual([]);
  });

  test('a rollout is read: its steps, its course, and that nobody carries it out', async () => {
    const { page } = await stage.opened('/#/system');
    const rollouts = page.getByRole('region', { name: 'Rollouts' });
    await rollouts.getByText('1% of calls: weights set').waitFor();
    await rollouts.getByText('errors unproven: 3 calls say little').waitFor();
    expect(await rollouts.locator('tr', { hasText: '3. 1% of calls' }).textContent()).toContain(
      'watched now',
    );
    expect(await rollouts.getByRole('button').count()).toBe(0);
  });
});
