// Messages that were given up, in a real browser against the real service: they are seen, and sent again by a button.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeliveryStatus } from '../../../src/client/index.js';
import { chromiumPath, launchChromium, NO_CHROMIUM } from '../../support/chromium.js';
import { eventually } from '../../support/eventually.js';
import { NoticeReceiver } from '../../support/notice-receiver.js';
import { NoticeService, SECRET, tradeSpec } from '../../support/notice-service.js';
import { PATIENCE_MS } from '../../support/patience.js';

const missing = chromiumPath() === undefined;

describe.skipIf(missing)(missing ? `dead messages (${NO_CHROMIUM})` : 'dead messages', () => {
  let receiver: NoticeReceiver;
  let service: NoticeService;
  let browser: Browser;

  beforeAll(async () => {
    receiver = await NoticeReceiver.up();
    const channels = [{ name: 'ops', kind: 'webhook', url: receiver.url }];
    const plan = { channels, rules: [{ name: 'all', kinds: ['TRADE_REGISTERED'], channels: ['ops'] }] };
    service = await NoticeService.start(plan, { DTMS_NOTICES_OPS_SECRET: SECRET });
    browser = await launchChromium();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await service?.end();
    await receiver?.stop();
  });

  const delivered = async () =>
    (await service.client.listDeliveries({ status: DeliveryStatus.DELIVERED })).deliveries.length;

  test('are sent again on a word, once', async () => {
    receiver.answer = () => ({ status: 404, body: 'no such hook' });
    await service.client.registerTrade({ trade: tradeSpec('refused', 1n) });
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`http://${service.http}/#/system`);
    const message = page.getByRole('region', { name: 'Notices' }).locator('tbody tr');
    await message.getByText('404 no such hook').waitFor();
    const again = message.getByRole('button', { name: /^Send again: message \d+ to ops$/ });
    await again.waitFor();
    expect(await delivered()).toBe(0);

    receiver.answer = () => ({ status: 200 });
    await again.click();
    await page.locator('dialog').getByRole('button', { name: 'Send again' }).click();
    await message.getByText('delivered').waitFor();
    await eventually(async () => expect(await delivered()).toBe(1));
    expect(await again.count()).toBe(0);
    const audit = page.getByRole('region', { name: 'Audit' });
    await audit.getByText('RetryDelivery').waitFor();
  });
});
