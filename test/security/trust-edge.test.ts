// What the edge lets by, tried as in the trust issue: T27 to T30, and names given twice.
import { hostname } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { tableText } from '../../src/cli/output.js';
import { DtmsClient, ErrorReason } from '../../src/client/index.js';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { redacted } from '../../src/config/redacted.js';
import { repeatedName } from '../../src/contract/json-names.js';
import { withoutCredentials, withoutSecrets } from '../../src/observability/log-redaction.js';
import { startService, type TestService } from '../support/app.js';
import { speak } from '../support/security/raw-http1.js';

let service: TestService | undefined;
afterEach(async () => {
  await service?.end();
  service = undefined;
});

describe('the first key', () => {
  const wanted = { name: 'operator', scopes: [Scope.ADMIN] };

  // T27: whoever called first had an admin key.
  test('is made by who has read the console, once', async () => {
    service = await startService();
    const { client, consoleToken } = service;
    for (const wrong of ['', 'console-', consoleToken.replace(/.$/, 'x')]) {
      const attempt = client.createApiKey({ ...wanted, consoleToken: wrong });
      await expect(attempt).rejects.toMatchObject({ report: { reason: ErrorReason.CONSOLE_TOKEN_NEEDED } });
    }
    // Nothing is used up by a request that makes no key.
    const expired = client.createApiKey({ ...wanted, consoleToken, expiresAt: new Date(1) });
    await expect(expired).rejects.toMatchObject({ report: { reason: ErrorReason.INVALID_FIELD } });
    const tries = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => client.createApiKey({ ...wanted, name, consoleToken })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('needs the console where access is open for good, too', async () => {
    service = await startService({ access: { mode: 'open' } });
    const { client, consoleToken } = service;
    await expect(client.createApiKey(wanted)).rejects.toThrow('console_token');
    const { secret } = await client.createApiKey({ ...wanted, consoleToken });
    // Whoever has a key needs no token.
    const known = new DtmsClient({ address: service.address, apiKey: secret });
    await known.createApiKey({ ...wanted, name: 'second' });
    known.close();
  });

  test('is not offered where every call needs one', async () => {
    service = await startService({ access: { mode: 'required' } });
    expect(service.consoleToken).toBe('');
  });
});

describe('the Host header', () => {
  const get = (...hosts: readonly string[]) =>
    `GET /v1/dtms/status HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`;
  const statusOf = async (...hosts: readonly string[]) =>
    (await speak(`127.0.0.1:${service?.http.split(':').at(-1)}`, get(...hosts))).status;

  // T28: 200, for a page of any site that had its name lead here.
  test('is checked where access is open off loopback', async () => {
    service = await startService({ access: { mode: 'open' }, http: { host: '0.0.0.0' } });
    expect(await statusOf('rebind.evil.example')).toBe(403);
    for (const own of ['localhost', '127.0.0.1', '192.168.3.4:8001', '[::1]:8001', hostname()])
      expect(await statusOf(own), own).toBe(200);
  });

  test('admits the names that are configured', async () => {
    service = await startService({
      access: { mode: 'open' },
      http: { host: '0.0.0.0', allowedHosts: 'dtms.test' },
    });
    expect(await statusOf('dtms.test')).toBe(200);
    expect(await statusOf('dtms.test.evil.example')).toBe(403);
    expect(await statusOf('127.0.0.1.evil.example')).toBe(403);
  });

  test('stands once', async () => {
    service = await startService();
    expect(await statusOf('localhost')).toBe(200);
    expect(await statusOf('localhost', 'localhost')).toBe(403);
    expect(await statusOf('localhost', 'rebind.evil.example')).toBe(403);
  });
});

describe('names in JSON', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061" : 2}', 'a'],
    ['{"x":{"b":[{"c":1},{"c":1,"c":2}]}}', 'c'],
    ['{"":1,"":2}', ''],
    ['{"a":{"a":{"a":1}},"b":"a\\":","c":["a","a"]}', undefined],
    ['{"a":"x", "b":"a"}', undefined],
    ['[{"a":1},{"a":1}]', undefined],
    ['{"a":1', undefined],
    ['"a":1,"a":2', undefined],
  ])('given twice are found: %s', (text, name) => {
    expect(repeatedName(bytes(text))).toBe(name);
  });

  test('given twice are refused', async () => {
    service = await startService();
    const body = '{"account":"a","state":"TRADING_STATE_HALTED","state":"TRADING_STATE_ACTIVE","reason":"x"}';
    const response = await fetch(`http://${service.http}/v1/dtms/accounts/a:setTradingState`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('given twice');
  });
});

describe('credentials in a URL', () => {
  const problemsOf = (env: Readonly<Record<string, string>>) => {
    try {
      loadConfig({ env });
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    throw new Error('the configuration was taken');
  };

  // T30: printed at the start.
  test('are in no complaint about it', () => {
    for (const endpoint of ['http://u:hunter2@collector:4318', 'ftp://collector/?api_key=hunter2'])
      expect(problemsOf({ DTMS_TRACES_ENDPOINT: endpoint })).not.toContain('hunter2');
    expect(problemsOf({ DTMS_DATABASE_URL: 'mysql://u:hunter2@db/x' })).not.toContain('hunter2');
    expect(problemsOf({ DTMS_DATABASE_OWNER_URL: 'mysql://u:hunter2@db/x' })).not.toContain('hunter2');
    for (const url of ['http://u:hunter2@n', 'nats://one,u:hunter2@n', 'nats://u:hunter2@'])
      expect(problemsOf({ DTMS_NATS_URL: url }), url).not.toContain('hunter2');
  });

  // T30: shown by GetConfig.
  test('are not shown', () => {
    const shown = redacted(
      loadConfig({
        env: {
          DTMS_TRACES_ENDPOINT: 'http://collector:4318/v1/traces?api_key=hunter2&x=hunter2#f',
          DTMS_DATABASE_OWNER_URL: 'postgres://owner:hunter2@db/dtms',
          DTMS_NATS_URL: 'nats://dtms:hunter2@one:4222,tls://two',
        },
      }),
    );
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown.traces.endpoint).toBe('http://collector:4318/v1/traces?api_key=[redacted]&x=[redacted]#f');
  });

  test.each([
    'http://u:hunter2@h/',
    'postgres://u:hunter2/hunter2@h/d',
    'postgres://u:hunter2?hunter2@h/d',
    'postgres://u:hunter2@hunter2@h/d',
    'https://h/?api_key=hunter2&page=2',
    'https://h/?page=2&X-Amz-Signature=hunter2',
    'https://h/a?access_token=hunter2',
    'otlp://h;sig=hunter2',
  ])('are in no line of the log: %s', (url) => {
    expect(withoutSecrets(JSON.stringify({ message: `cannot reach ${url}` }))).not.toContain('hunter2');
    expect(withoutCredentials(url)).not.toContain('hunter2');
  });
});

// T29: raw in the terminal.
test('marks that reorder text, and C1 controls, are spelled out in tables', () => {
  const table = tableText(['label'], [['\u202eevil\u009b31m\u2066x\u200f']]);
  expect(table).toContain('\\u202eevil\\u009b31m\\u2066x\\u200f');
});
