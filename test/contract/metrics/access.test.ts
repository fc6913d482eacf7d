// Who may scrape: whoever may read, wherever calls need a key; anybody where the configuration says so.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { startService, type TestService } from '../../support/app.js';
import { DatabaseKeys } from '../../support/keys.js';
import { readScrape } from '../../support/scrape.js';

const PATHS = ['/metrics', '/dtms/metrics'];

const running: TestService[] = [];
async function start(openMetrics: boolean): Promise<TestService> {
  const service = await startService({ access: { mode: 'required' }, http: { openMetrics } });
  running.push(service);
  return service;
}
afterAll(() => Promise.all(running.map((service) => service.end())));

const scrape = ({ http }: TestService, path: string, headers: Record<string, string> = {}) =>
  fetch(`http://${http}${path}`, { headers });

describe('where calls need a key', () => {
  let service: TestService;
  let keys: DatabaseKeys;
  beforeAll(async () => {
    service = await start(false);
    keys = new DatabaseKeys(service.databaseUrl);
  });
  afterAll(() => keys.close());

  it.each(PATHS)('%s takes one with the scope to read, and no other', async (path) => {
    const { text: reader } = await keys.make([Scope.READ]);
    const { text: admin } = await keys.make([Scope.ADMIN]);
    const { text: bridge } = await keys.make([Scope.BRIDGE]);
    expect((await scrape(service, path)).status).toBe(401);
    expect((await scrape(service, path, { authorization: `Bearer ${bridge}` })).status).toBe(403);
    for (const headers of [
      { authorization: `Bearer ${reader}` },
      { 'x-api-key': reader },
      { authorization: `Bearer ${admin}` },
    ] as Record<string, string>[]) {
      const answer = await scrape(service, path, headers);
      expect(answer.status).toBe(200);
      expect(readScrape(await answer.text(), 'prometheus').length).toBeGreaterThan(30);
    }
  });
});

describe('where metrics are open', () => {
  it('needs none, and calls still do', async () => {
    const service = await start(true);
    expect((await scrape(service, '/metrics')).status).toBe(200);
    expect((await scrape(service, '/v1/dtms/status')).status).toBe(401);
  });
});
