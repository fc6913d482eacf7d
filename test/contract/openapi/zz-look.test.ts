import fastify from 'fastify';
import { test } from 'vitest';
import { docsPages } from '../../../src/http/docs.js';
import { launchChromium, recorded } from '../../support/chromium.js';
test('look', async () => {
  const app = fastify();
  await app.register(docsPages);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const browser = await launchChromium();
  for (const [w, h, scheme] of [[1440, 900, 'light'], [390, 844, 'light'], [1440, 900, 'dark']] as const) {
    for (const path of ['/docs', '/redoc']) {
      const ctx = await browser.newContext({ viewport: { width: w, height: h }, colorScheme: scheme });
      const page = await ctx.newPage();
      const rec = recorded(page);
      const t = Date.now();
      await page.goto(url + path);
      await page.waitForSelector(path === '/docs' ? '.opblock' : 'h1', { timeout: 30000 });
      await page.waitForTimeout(1500);
      console.log(path, w, scheme, Date.now() - t, rec.requests, rec.complaints);
      await page.screenshot({ path: `/tmp/g2/shot${path.replace('/', '-')}-${w}-${scheme}.png` });
      await ctx.close();
    }
  }
  await browser.close();
  await app.close();
}, 120000);
