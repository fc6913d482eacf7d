// The document's examples, sent to the real service in their order: it answers as the document says. With
// DTMS_RECORD_EXAMPLES=1 the answers become the document's examples of answers (then npm run generate).
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { startService, type TestService } from '../../support/app.js';
import { DatabaseKeys } from '../../support/keys.js';
import {
  type document,
  type Example,
  examples,
  examplesFile,
  faults,
  type Json,
  type Located,
  operationOf,
  operations,
  pointerTo,
  urlOf,
} from '../../support/openapi.js';

const ADMINISTRATOR = [Scope.REGISTER, Scope.MARKET, Scope.BRIDGE, Scope.MANAGE, Scope.ADMIN];
const STREAMS = ['WatchTrades', 'LeaseActions', 'StreamMarketData'];
/** A longer answer explains nothing. */
const MAX_RECORDED = 4000;

let service: TestService;
let key = '';
const recorded = new Map<string, Json>();

beforeAll(async () => {
  service = await startService({ limits: { mode: 'off' } });
  const keys = new DatabaseKeys(service.databaseUrl);
  key = (await keys.make(ADMINISTRATOR)).text;
  await keys.close();
});

afterAll(async () => {
  await service.end();
  if (process.env.DTMS_RECORD_EXAMPLES === '1') record();
});

function record(): void {
  const all = Object.entries(examples).map(([name, { response: _, ...example }]) => {
    const response = recorded.get(name);
    const fits = response !== undefined && JSON.stringify(response).length <= MAX_RECORDED;
    return [name, fits ? { ...example, response } : example];
  });
  // A secret that looks real would be taken for one.
  const text = JSON.stringify(Object.fromEntries(all), null, 2).replaceAll(
    /dtms_[a-z2-7]{12}_[a-z2-7]+/g,
    'dtms_k3v7mq2pxw5d_...',
  );
  writeFileSync(examplesFile, `${text}\n`);
}

function send(located: Located, example: Example, headers: Readonly<Record<string, string>> = {}) {
  const type = Object.keys(located.operation.requestBody?.content ?? {})[0];
  const line = type === 'application/x-ndjson' ? '\n' : '';
  return fetch(`http://${service.http}${urlOf(located, example)}`, {
    method: located.verb.toUpperCase(),
    headers: { 'x-api-key': key, ...(type === undefined ? {} : { 'content-type': type }), ...headers },
    ...(type === undefined ? {} : { body: `${JSON.stringify(example.body)}${line}` }),
  });
}

const responsePointer = (located: Located, type: string) =>
  pointerTo(located, 'responses', '200', 'content', type, 'schema');

for (const [method, example] of Object.entries(examples).filter(([name]) => !STREAMS.includes(name))) {
  test(method, async () => {
    const located = operationOf(method);
    const response = await send(located, example);
    const body = (await response.json()) as Json;
    expect(response.status, JSON.stringify(body)).toBe(example.status ?? 200);
    expect(Object.keys(located.operation.responses)).toContain(String(response.status));
    expect(response.headers.get('x-correlation-id')).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
    const pointer =
      response.status === 200 ? responsePointer(located, 'application/json') : '/components/schemas/Error';
    expect(faults(pointer, body)).toEqual([]);
    if (response.status === 200) recorded.set(method, body);
  });
}

/** The messages of a stream's beginning: until one has `last`, or the stream ends. */
async function messages(response: Response, last?: string): Promise<Json[]> {
  const found: Json[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const json = line.replace(/^data: /, '');
      if (json.startsWith('{')) found.push(JSON.parse(json));
    }
    if (found.some((message) => last !== undefined && last in Object(message))) break;
  }
  return found;
}

const CASES = [
  { method: 'WatchTrades', type: 'text/event-stream', last: 'snapshotEnd' },
  { method: 'WatchTrades', type: 'application/x-ndjson', last: 'snapshotEnd' },
  { method: 'LeaseActions', type: 'text/event-stream', last: undefined },
  { method: 'LeaseActions', type: 'application/x-ndjson', last: undefined },
  { method: 'StreamMarketData', type: 'application/x-ndjson', last: 'result' },
];

test.each(CASES)('$method as $type', async ({ method, type, last }) => {
  const located = operationOf(method);
  const response = await send(located, examples[method] ?? {}, { accept: type });
  expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([200, type]);
  const found = await messages(response, last);
  expect(found.length).toBeGreaterThan(0);
  for (const message of found) expect(faults(responsePointer(located, type), message)).toEqual([]);
});

test('the served document is the generated one, with each of its operations there', async () => {
  for (const path of ['/openapi.json', '/v1/dtms/openapi.json']) {
    const response = await fetch(`http://${service.http}${path}`);
    expect(response.status).toBe(200);
    const { paths } = (await response.json()) as typeof document;
    expect(Object.keys(paths)).toEqual([...new Set(operations.map((located) => located.path))]);
    const tag = response.headers.get('etag') ?? '';
    expect(response.headers.get('content-encoding')).toBe('gzip');
    // As a browser asks again; fetch by itself would say no-cache.
    const headers = { 'if-none-match': tag, 'cache-control': 'max-age=0' };
    const again = await fetch(`http://${service.http}${path}`, { headers });
    expect(again.status).toBe(304);
  }
  for (const { path, verb } of operations) {
    const url = path.replaceAll(/\{[^}]*\}/g, '1');
    const response = await fetch(`http://${service.http}${url}`, {
      method: verb.toUpperCase(),
      headers: { 'x-api-key': 'dtms_aaaaaaaaaaaa_a' },
    });
    // Who is not let in, or sends no body, is past the question whether the route is there.
    expect([path, [404, 405].includes(response.status)]).toEqual([path, false]);
    await response.body?.cancel();
  }
});
