// What proxies and supervisors ask: without a key, under any name, of the server that leads and of another.
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app.js';
import { loadConfig } from '../../../src/config/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let leader: App;
let standby: App;
const lines: { severity: string; path?: string }[] = [];

beforeAll(async () => {
  database = await createDatabase();
  const config = loadConfig({
    env: {},
    overrides: {
      grpc: { port: 0 },
      http: { port: 0 },
      access: { mode: 'required' },
      database: { url: database.url },
    },
  });
  const logger = createLogger('debug', { write: (line: string) => lines.push(JSON.parse(line)) });
  leader = await startApp(config, logger);
  await leader.leading;
  standby = await startApp(config, logger);
});
afterAll(async () => {
  await standby.stop();
  await leader.stop();
  await database.drop();
});

/** Asks as a proxy does, which names itself or nobody we know. */
function ask(app: App, path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const [host, port] = (app.httpAddress ?? '').split(':');
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path, method, headers: { host: 'backend.internal' } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });
}

test('the leader lives and is ready, and so is a standby that has found it', async () => {
  for (const path of ['/livez', '/healthz']) {
    expect(await ask(leader, path)).toEqual({ status: 200, body: '{"status":"alive"}' });
    expect(await ask(standby, path)).toEqual({ status: 200, body: '{"status":"alive"}' });
  }
  expect(await ask(leader, '/readyz')).toEqual({ status: 200, body: '{"status":"ready"}' });
  await eventually(async () =>
    expect(await ask(standby, '/readyz')).toEqual({ status: 200, body: '{"status":"ready"}' }),
  );
  expect((await ask(leader, '/readyz?from=proxy', 'HEAD')).status).toBe(200);
  expect((await ask(leader, '/health')).status).toBe(200);
  expect((await ask(standby, '/health')).status).toBe(200);
});

test('nothing else is served under a name that is not ours', async () => {
  for (const path of ['/', '/v1/dtms/status', '/metrics', '/livez/', '/livez/../metrics'])
    expect((await ask(leader, path)).status, path).toBe(403);
  expect((await ask(leader, '/livez', 'POST')).status).toBe(403);
});

test('a standby that is asked all the time fills no log', async () => {
  await ask(standby, '/readyz');
  await ask(standby, '/health');
  const probed = lines.filter(({ path }) => path === '/readyz' || path === '/health');
  expect(probed.length).toBeGreaterThan(1);
  expect(new Set(probed.map(({ severity }) => severity))).toEqual(new Set(['DEBUG']));
});
