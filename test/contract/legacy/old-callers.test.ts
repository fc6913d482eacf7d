// The old routes over real HTTP against the real service: a set of the old callers' requests, and whatever else
// may be sent.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Direction } from '../../../src/client/index.js';
import { LEGACY_ROUTES } from '../../../src/http/legacy/routes.js';
import { startService, type TestService } from '../../support/app.js';
import { enabling, send } from '../../support/legacy.js';
import { runs } from '../../support/properties.js';
import { differences, type Shape } from '../../support/shape.js';

interface OldRequest {
  readonly name: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly status: number;
  readonly shape: Shape;
}

const OLD: { readonly requests: readonly OldRequest[] } = JSON.parse(
  readFileSync(new URL('old-callers.json', import.meta.url), 'utf8'),
);

describe('the requests of old callers', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ http: { legacy: { account: 'live-1' } } });
    const { client } = service;
    const common = { account: 'live-1', symbol: 'BTCUSDc', volume: 0.02 };
    await client.registerTrade({
      trade: {
        ...common,
        ticket: 171626735n,
        direction: Direction.BUY,
        entryPrice: 108400.5,
        stopLoss: 107900,
        takeProfit: 109500,
      },
    });
    await client.registerTrade({
      trade: { ...common, ticket: 157488910n, direction: Direction.SELL, entryPrice: 108200 },
    });
  });
  afterAll(() => service.end());

  it.each(OLD.requests)('$name', async ({ request: { path, body }, status, shape }) => {
    const answer = await send(service.http, path, body);
    expect(differences(answer.body, shape)).toEqual([]);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('cover every old route', () => {
    const asked = new Set(
      OLD.requests.map(({ request: { method, path } }) => `${method} ${path.replace(/\/\d+$/, '/{ticket}')}`),
    );
    for (const { method, path } of LEGACY_ROUTES) expect(asked).toContain(`${method} ${path}`);
  });

  it('would show a key that is gone or of another kind', () => {
    expect(differences({ a: 1 }, { a: 'string' })).toHaveLength(1);
    expect(differences({}, { a: 'string' })).toHaveLength(1);
    expect(differences({ a: null }, { a: 'number' })).toHaveLength(1);
    expect(differences({ a: [] }, { a: {} })).toHaveLength(1);
    expect(differences({ a: null }, { a: 'absent' })).toHaveLength(1);
    expect(differences({}, { a: 'absent' })).toEqual([]);
  });

  it.each(LEGACY_ROUTES.map(({ method, path }) => ({ method, path })))(
    '$method $path says that it goes, and what comes',
    async ({ method, path }) => {
      const url = path.replace('{ticket}', '171626735');
      const { headers } = await send(service.http, url, method === 'POST' ? enabling() : undefined);
      expect(headers.get('deprecation')).toMatch(/^@\d+$/);
      expect(new Date(headers.get('sunset') ?? '').getTime()).toBe(Date.UTC(2027, 10, 30));
      const link = headers.get('link') ?? '';
      expect(link).toContain('rel="deprecation"');
      const [, successor = ''] = /<([^>]*)>; rel="successor-version"/.exec(link) ?? [];
      expect(successor).toMatch(/^\/v1\/dtms\//);
      if (method === 'GET') expect((await send(service.http, successor)).status).toBe(200);
    },
  );

  it.each([
    [415, { 'content-type': 'text/plain' }],
    [403, { 'sec-fetch-site': 'cross-site' }],
  ])('say so where a request is refused before them, with %i', async (expected, sent) => {
    const { status, headers } = await send(service.http, '/dtms/trade/enable', enabling(), sent);
    expect(status).toBe(expected);
    expect(headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(headers.get('sunset')).not.toBeNull();
    expect(headers.get('link')).toContain('</v1/dtms/trades>; rel="successor-version"');
  });

  it('keep tickets beyond exact numbers', async () => {
    const ticket = 2n ** 63n - 1n;
    const { body } = await send(service.http, '/dtms/trade/enable', enabling({ ticket: String(ticket) }));
    expect(body).toMatchObject({ success: true, trade_info: { ticket: String(ticket) } });
    const read = await send(service.http, `/dtms/trade/${ticket}`);
    expect(read.body).toMatchObject({ trade_info: { ticket: String(ticket) } });
    const over = await send(service.http, `/dtms/trade/${ticket + 1n}`);
    expect(over.status).toBe(422);
  });

  it('answer a body that is no JSON object, and a stop that is no number, in their own shape', async () => {
    for (const body of ['{', '[]', '5', enabling({ stop_loss: 'near' }), enabling({ volume: -1 })]) {
      const answer = await send(service.http, '/dtms/trade/enable', body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        success: false,
        error: expect.any(String),
        reason: 'INVALID_FIELD',
      });
      expect(answer.headers.get('x-correlation-id')).toBeTruthy();
    }
  });

  it('never fail by themselves, whatever is sent, and always tell success', async () => {
    const some = fc.oneof(
      fc.jsonValue(),
      fc.record(Object.fromEntries(Object.keys(enabling()).map((key) => [key, fc.jsonValue()])), {
        requiredKeys: [],
      }),
      fc.record({ entry: fc.double(), volume: fc.double(), stop_loss: fc.double() }).map(enabling),
    );
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(some, fc.string({ unit: 'binary', minLength: 1 }), async (body, text) => {
        const path = encodeURIComponent(text);
        for (const answer of [
          await send(service.http, '/dtms/trade/enable', body ?? null),
          await send(service.http, `/dtms/trade/${path}`),
          await send(service.http, `/dtms/trade/${path}?account=a`),
          await send(service.http, `/trade-registry/1?account=${path}`),
        ]) {
          seen.add(answer.status);
          expect(answer.status).toBeLessThan(500);
          expect(typeof (answer.body.success ?? answer.body.error)).not.toBe('undefined');
        }
      }),
      { numRuns: runs(100) },
    );
    expect([...seen]).toEqual(expect.arrayContaining([400, 422]));
  });

  it('answer a ticket that would break a header', async () => {
    const { status, headers } = await send(service.http, '/dtms/trade/%0a?account=a');
    expect(status).toBe(422);
    expect(headers.get('link')).toContain('</v1/dtms/accounts/a/trades/%0A>');
  });

  it('name fields as old callers know them', async () => {
    const { body } = await send(service.http, '/dtms/trade/enable', enabling({ entry: 1e300, volume: -1 }));
    expect(body.fields).toEqual(['entry', 'volume']);
  });
});
