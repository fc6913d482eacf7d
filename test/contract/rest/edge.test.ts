// What HTTP itself can get wrong, over real sockets: paths, methods, types, sizes, slowness, names of hosts,
// pages of other sites. Every answer is JSON with a correlation id, and tells nothing of the inside.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../../src/observability/logger.js';
import { startService, type TestService } from '../../support/app.js';
import { errorIn, Rest } from '../../support/rest.js';

const LIMIT = 64 * 1024;
const lines: Readonly<Record<string, unknown>>[] = [];
let service: TestService;
let rest: Rest;
beforeAll(async () => {
  service = await startService(
    {
      access: { mode: 'open' },
      limits: {
        mode: 'on',
        queriesPerSecond: 1000,
        queriesBurst: 1000,
        registrationsPerSecond: 1,
        registrationsBurst: 1,
      },
      http: { headersMs: 2000, bodyMs: 2000, allowedHosts: 'dtms.test', allowedOrigins: 'https://desk.test' },
    },
    createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) }),
  );
  rest = new Rest(service.http);
});
afterAll(() => service.end());

const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends bytes as they are, and gives what comes back until the server closes. */
async function raw(text: string): Promise<string> {
  const [host = '', port = ''] = service.http.split(':');
  const socket = connect(Number(port), host);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(text, 'latin1');
  await once(socket, 'close');
  return answer;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

describe('a request that is wrong', () => {
  test.each<[string, string, RequestInit, number, number, string]>([
    ['no such path', '/v1/dtms/nothing', {}, 404, 12, 'UNIMPLEMENTED'],
    ['no such page', '/nothing', {}, 404, 12, 'UNIMPLEMENTED'],
    ['another method', '/v1/dtms/trades', { method: 'DELETE' }, 405, 12, 'UNIMPLEMENTED'],
    ['the head of a stream', '/v1/dtms/trades:watch', { method: 'HEAD' }, 405, 0, ''],
    ['no type', '/v1/dtms/trades', { method: 'POST', body: new Uint8Array(2) }, 415, 3, 'INVALID_FIELD'],
    ['a type a page may send', '/v1/dtms/trades', { method: 'POST', body: '{}' }, 415, 3, 'INVALID_FIELD'],
    [
      'a form',
      '/v1/dtms/trades',
      { method: 'POST', body: new URLSearchParams({ a: 'b' }) },
      415,
      3,
      'INVALID_FIELD',
    ],
    [
      'no JSON',
      '/v1/dtms/trades',
      { method: 'POST', headers: JSON_TYPE, body: '{' },
      400,
      3,
      'INVALID_FIELD',
    ],
    ['an unknown parameter', '/v1/dtms/trades?symbol=X', {}, 400, 3, 'INVALID_FIELD'],
    [
      'a parameter of the body',
      '/v1/dtms/accounts/a:report?bridgeId=X',
      { method: 'POST', headers: JSON_TYPE, body: '{}' },
      400,
      3,
      'INVALID_FIELD',
    ],
    ['a path badly encoded', '/v1/dtms/accounts/%zz/risk', {}, 400, 3, 'INVALID_FIELD'],
    ['a path of no Unicode', '/v1/dtms/accounts/%ff/risk', {}, 400, 3, 'INVALID_FIELD'],
    [
      'an answer it has not',
      '/v1/dtms/trades:watch',
      { headers: { accept: 'text/html' } },
      406,
      3,
      'INVALID_FIELD',
    ],
    [
      'no place of a stream',
      '/v1/dtms/trades:watch',
      { headers: { 'last-event-id': 'x' } },
      400,
      3,
      'INVALID_FIELD',
    ],
    ['a trade that is not there', '/v1/dtms/accounts/a/trades/7', {}, 404, 5, 'TRADE_NOT_FOUND'],
    ['no time at all', '/v1/dtms/status', { headers: { 'x-timeout-ms': '0' } }, 504, 4, 'DEADLINE_EXCEEDED'],
  ])('%s', async (_, path, init, status, code, reason) => {
    const response = await rest.fetch(path, {
      ...init,
      headers: { ...init.headers, 'x-correlation-id': 'mine.1' },
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-correlation-id')).toBe('mine.1');
    if (init.method === 'HEAD') return;
    const text = await response.text();
    expect(errorIn(JSON.parse(text))).toMatchObject({ code, reason });
    expect(text).toContain('"requestId":"mine.1"');
    expect(text).not.toMatch(/\bat .*\.[jt]s|node_modules|SELECT|Error:/);
  });

  test('is told which methods its path takes', async () => {
    for (const [path, method, allow] of [
      ['/v1/dtms/trades', 'PUT', 'GET, POST, HEAD, OPTIONS'],
      ['/v1/dtms/accounts/a/trades/7:close', 'PATCH', 'POST, OPTIONS'],
      ['/v1/dtms/status', 'QUERY', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const response = await rest.fetch(path, { method });
      expect([response.status, response.headers.get('allow')?.split(', ').sort()]).toEqual([
        405,
        allow.split(', ').sort(),
      ]);
    }
  });

  test('is told when to come again', async () => {
    const ask = () => rest.fetch('/v1/dtms/trades', { method: 'POST', headers: JSON_TYPE, body: '{}' });
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(errorIn(JSON.parse((await refused?.text()) ?? ''))).toMatchObject({
      code: 8,
      reason: 'RATE_LIMITED',
    });
  });
});

describe('bytes that are no request', () => {
  test.each([
    ['no HTTP', 'nonsense\r\n\r\n', 400],
    [
      'two lengths',
      'POST /v1/dtms/trades HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    [
      'a length and chunks',
      'POST /v1/dtms/trades HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['headers without end', `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${'x'.repeat(LIMIT)}\r\n\r\n`, 431],
    ['a head that does not come', 'GET / HTTP/1.1\r\nHost: local', 408],
    [
      'a body that does not come',
      'POST /v1/dtms/trades HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
      408,
    ],
    [
      'a body that is too large',
      'POST /v1/dtms/trades HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{',
      413,
    ],
    [
      'a body for nobody',
      'POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n{',
      404,
    ],
  ])('%s', async (_, text, status) => {
    const answer = await raw(text);
    expect(statusOf(answer)).toBe(status);
    const [, correlationId] = /x-correlation-id: ([\w.-]+)/i.exec(answer) ?? [];
    expect(correlationId).toBeDefined();
    expect(answer).toMatch(/connection: close/i);
    expect(bodyOf(answer).error.details[0].domain).toBe('dtms');
    const told = () => lines.filter((line) => line.correlation_id === correlationId);
    await expect.poll(told).toMatchObject([{ transport: 'http', status }]);
  });
});

describe('browsers', () => {
  test.each([
    ['the name of another site', { host: 'evil.test' }, 403],
    ['a name that only looks like ours', { host: 'localhost.evil.test:8001' }, 403],
    ['its own name', { host: 'localhost:1234' }, 200],
    ['the name of an IPv6 address', { host: '[::1]:8001' }, 200],
    ['a name that is allowed', { host: 'DTMS.test' }, 200],
  ])('are served under %s', async (_, headers, status) => {
    const answer = await raw(
      `GET /v1/dtms/status HTTP/1.1\r\nHost: ${headers.host}\r\nConnection: close\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(status);
  });

  const write = (headers: Record<string, string>) =>
    rest.fetch('/v1/dtms/accounts/a:setTradingState', {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify({ state: 'TRADING_STATE_ACTIVE', by: 'x', reason: 'y', allowNew: true }),
    });

  test.each<[string, Record<string, string>, number]>([
    ['of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['of a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    ['of another site, in an old browser', { origin: 'https://evil.test' }, 403],
    ['of no site', { origin: 'null' }, 403],
    ['of its own', { 'sec-fetch-site': 'same-origin' }, 200],
    ['of a site that is allowed', { 'sec-fetch-site': 'cross-site', origin: 'https://desk.test' }, 200],
    ['that is no page', {}, 200],
  ])('may change something by a page %s', async (_, headers, status) => {
    expect((await write(headers)).status).toBe(status);
  });

  test('hear of other sites only what is allowed', async () => {
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const preflight = (origin: string) =>
      rest.fetch('/v1/dtms/trades', { method: 'OPTIONS', headers: { ...asked, origin } });
    const friend = await preflight('https://desk.test');
    expect(friend.status).toBe(204);
    expect(friend.headers.get('access-control-allow-origin')).toBe('https://desk.test');
    expect(friend.headers.get('access-control-allow-methods')).toContain('POST');
    const stranger = await preflight('https://evil.test');
    expect(stranger.status).toBe(403);
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
    const read = await rest.fetch('/v1/dtms/status', { headers: { origin: 'https://evil.test' } });
    expect(read.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('take an answer for nothing but what it is', async () => {
    const { headers } = await rest.fetch('/v1/dtms/status');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});
