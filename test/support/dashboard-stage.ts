// The dashboard on a stage for tests: the real service with a scene played, behind a relay that can be cut, and
// a real browser.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Direction, type DtmsClient } from '../../src/client/index.js';
import { startService, type TestService } from './app.js';
import { chromiumPath, launchChromium, type PageRecord, recorded } from './chromium.js';
import { EAGER_RULES, playScene } from './dashboard-scene.js';
import { PATIENCE_MS } from './patience.js';
import { recordedRollout } from './rollout-record.js';
import { TcpRelay } from './tcp-relay.js';

export type Theme = 'light' | 'dark';

export interface Opened {
  readonly page: Page;
  readonly record: PageRecord;
}

/** Sets the stage before all tests of the file it is called in, and takes it down after them. */
export class DashboardStage {
  #service: TestService | undefined;
  #relay: TcpRelay | undefined;
  #browser: Browser | undefined;
  readonly #contexts: BrowserContext[] = [];

  constructor() {
    beforeAll(async () => {
      if (chromiumPath() === undefined) return;
      this.#service = await startService({ rules: EAGER_RULES });
      this.#relay = await TcpRelay.open(this.#service.http);
      await playScene(this.#service.client);
      await recordedRollout(this.#service.databaseUrl);
      this.#browser = await launchChromium();
    }, 180_000);
    afterEach(async () => {
      for (const context of this.#contexts.splice(0)) await context.close();
    });
    afterAll(async () => {
      await this.#browser?.close();
      this.#relay?.close();
      await this.#service?.end();
    });
  }

  get service(): TestService {
    return there(this.#service);
  }

  get relay(): TcpRelay {
    return there(this.#relay);
  }

  /** A page in a browser profile of its own. */
  async opened(
    path: string,
    { base = this.relay.address, width = 1440, theme = 'light' as Theme } = {},
  ): Promise<Opened> {
    const context = await there(this.#browser).newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    this.#contexts.push(context);
    const page = await context.newPage();
    const record = recorded(page);
    await page.goto(`http://${base}${path}`);
    return { page, record };
  }

  /** The service starts again; the relay still leads to where it was. */
  async restart(): Promise<void> {
    this.#service = await this.service.restart();
  }
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the stage is not set');
  return value;
}

/** Registers a trade of the account `live`. */
export const register = (client: DtmsClient, ticket: bigint, label = '') =>
  client.registerTrade({
    trade: {
      ...{ account: 'live', ticket, symbol: 'EURUSD', direction: Direction.BUY, label },
      ...{ entryPrice: 1.1, volume: 1, stopLoss: 1.09 },
    },
  });

/** Its row in the fleet. */
export const row = (page: Page, ticket: bigint) =>
  page.locator('table.fleet tbody tr', { hasText: `live ${ticket}` });
