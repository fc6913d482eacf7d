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

  // Before: the text was gone, and what was wrong with it was told for a few seconds.
  test('a policy that is refused is shown again as it was written, with what is wrong', async () => {
    const { page } = await stage.opened('/#/policies');
    await page.getByRole('button', { name: 'New policy' }).click();
    const dialog = page.getByRole('dialog');
    const preview = dialog.getByRole('button', { name: 'Preview' });
    const written = dialog.getByLabel('The policy');
    const text = (atrs: number) => JSON.stringify({ name: 'written', rules: [{ chandelier: { atrs } }] });
    for (const [wrong, why] of [
      ['{ nothing', /^It is no JSON/],
      ['[]', /^It is no object/],
      [text(-2), /chandelier\.atrs: must be greater than 0/],
    ] as const) {
      await written.fill(wrong);
      await preview.click();
      await dialog.getByRole('alert').filter({ hasText: why }).waitFor();
      expect(await written.inputValue()).toBe(wrong);
    }
    await written.fill(text(2));
    await preview.click();
    await dialog.getByText(/^It is for new trades as its first version/).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
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
