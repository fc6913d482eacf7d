// Both documentation pages in a real browser, against the real service: they load, they talk to this host
// only, nothing breaks their policy, and a call tried out with a key is answered.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { startService, type TestService } from '../../support/app.js';
import { chromiumPath, launchChromium, NO_CHROMIUM, recorded } from '../../support/chromium.js';
import { DatabaseKeys } from '../../support/keys.js';
import { PATIENCE_MS } from '../../support/patience.js';

const WIDTHS = [1440, 390];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where pictures go, for people to look at; none are taken unless it is named. */
const PICTURES = process.env.DTMS_SCREENSHOTS ?? '';

/** How light the ground is that an element is on: 0 black, 1 white. */
const lightnessBehind = (selector: string): string => `{
  let at = document.querySelector(${JSON.stringify(selector)}), colour;
  do {
    colour = at && getComputedStyle(at).backgroundColor.match(/[\\d.]+/g).map(Number);
    at = at?.parentElement;
  } while (at && colour[3] < 1);
  colour ? (colour[0] + colour[1] + colour[2]) / 765 : NaN }`;

const missing = chromiumPath() === undefined;

describe.skipIf(missing)(missing ? `pages (${NO_CHROMIUM})` : 'pages', () => {
  let service: TestService;
  let browser: Browser;
  let key = '';

  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), launchChromium()]);
    const keys = new DatabaseKeys(service.databaseUrl);
    key = (await keys.make([Scope.READ])).text;
    await keys.close();
  });

  afterAll(async () => {
    await browser?.close();
    await service?.end();
  });

  async function opened(path: string, width = 1440) {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const record = recorded(page);
    await page.goto(`http://${service.http}${path}`);
    return { page, record, close: () => context.close() };
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES === '') return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png` });
  }

  /** Requests that left the host; what a page makes of its own bytes has no host. */
  const outside = (requests: readonly string[]) =>
    requests.filter((url) => !url.startsWith(`http://${service.http}/`) && !/^(blob|data):/.test(url));

  const PAGES = [
    { path: '/docs', shown: '#operations-Trade-getTrade', schemes: ['light', 'dark'] as const },
    { path: '/redoc', shown: '[id="tag/Trade/operation/getTrade"]', schemes: ['light', 'dark'] as const },
  ];
  const views = PAGES.flatMap((page) => WIDTHS.map((width) => ({ ...page, width })));

  test.each(views)('$path at $width px', async ({ path, shown, width, schemes }) => {
    const { page, record, close } = await opened(path, width);
    await page.waitForSelector(shown, { state: 'attached' });
    await page.waitForLoadState('networkidle');
    expect(record.requests.length).toBeGreaterThan(3);
    for (const colorScheme of schemes) {
      // Another scheme is another look of the page that is there.
      await page.emulateMedia({ colorScheme });
      const ground = () => page.evaluate(lightnessBehind(shown));
      if (colorScheme === 'dark') await expect.poll(ground).toBeLessThan(0.3);
      else await expect.poll(ground).toBeGreaterThan(0.7);
      const wide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect(wide).toBeLessThanOrEqual(0);
      await page.evaluate('scrollTo(0, 0)');
      await picture(page, `${path.slice(1)}-${width}-${colorScheme}`);
      await page.locator(shown).scrollIntoViewIfNeeded();
      await picture(page, `${path.slice(1)}-${width}-${colorScheme}-operation`);
    }
    expect(outside(record.requests)).toEqual([]);
    expect(record.complaints).toEqual([]);
    await close();
  });

  test('ReDoc in the dark: what it colours itself can be read, too', async () => {
    const { page, record, close } = await opened('/redoc');
    await page.emulateMedia({ colorScheme: 'dark' });
    const operation = page.locator('[id="tag/Trade/operation/registerTrade"]');
    await operation.scrollIntoViewIfNeeded();
    // Its fields, and what the first answer holds.
    for (const name of [/^trade/, /^200/, /^trade/, /^evaluation/])
      await operation.locator('button', { hasText: name }).last().click();
    await page.evaluate(AXE);
    const found = await page.evaluate(
      `axe.run(document.querySelector('[id="tag/Trade/operation/registerTrade"]'), { runOnly: ['color-contrast'] })
        .then(({ violations, passes }) => ({ read: passes[0]?.nodes.length ?? 0, unread: violations.flatMap(({ nodes }) => nodes.map(({ html }) => html)) }))`,
    );
    expect(found).toMatchObject({ unread: [] });
    expect(Reflect.get(Object(found), 'read')).toBeGreaterThan(100);
    expect(record.complaints).toEqual([]);
    await close();
  });

  test.each(PAGES)('$path/ leads to $path', async ({ path }) => {
    const { page, close } = await opened(`${path}/`);
    expect(new URL(page.url()).pathname).toBe(path);
    await close();
  });

  test('a call without a key is refused, and with one typed in it is answered', async () => {
    const { page, record, close } = await opened('/docs');
    const operation = page.locator('#operations-System-getStatus');
    await operation.locator('.opblock-summary-control').click();
    const execute = operation.locator('button.execute');
    await execute.click();
    await operation.locator('.live-responses-table .response-col_status', { hasText: '401' }).waitFor();

    await page.locator('button.authorize').first().click();
    const form = page.locator('.auth-container', { hasText: 'bearer' });
    await form.locator('input').fill(key);
    await form.locator('button.authorize').click();
    await page.locator('.btn-done').first().click();
    await execute.click();
    await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();
    const answer = await operation.locator('.live-responses-table').textContent();
    expect(answer).toContain('SERVER_ROLE_LEADER');
    await picture(page, 'docs-tried');
    expect(outside(record.requests)).toEqual([]);

    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).toBe('[{},{}]');
    await close();
  });

  test('what is found by searching is shown', async () => {
    const { page, record, close } = await opened('/redoc');
    await page.locator('input[type=text]').first().fill('already_registered');
    await page.locator('[data-role="search:results"] li').first().waitFor();
    expect(outside(record.requests)).toEqual([]);
    expect(record.complaints).toEqual([]);
    await close();
  });
});
