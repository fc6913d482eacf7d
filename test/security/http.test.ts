// HTTP as an attacker speaks it: requests no library sends, pages of other sites, JSON that explodes, callers that
// never finish. The server lives, answers what it can with a typed error that shows nothing, and serves others.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bystander } from '../support/security/bystander.js';
import { registering } from '../support/security/honest.js';
import { Judge, leakInTexts, tableNames } from '../support/security/judge.js';
import { hear, open, requestOf, type Spoken, speak } from '../support/security/raw-http1.js';
import { LONG, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { WireClient } from '../support/security/wire-client.js';

const MEGABYTE = 1024 * 1024;
const TRADES = '/v1/dtms/trades';
const GOOD = 'GET /v1/dtms/accounts/demo/trades/1';
const JSON_BODY = { 'content-type': 'application/json' };

let target: Target;
let bystander: Bystander;
let tables: readonly string[];

beforeAll(async () => {
  target = await Target.start({
    logLevel: 'warn',
    // Slow callers are given up sooner here, so that the test need not be as patient as they are.
    env: { DTMS_HTTP_HEADERS_MS: '2000', DTMS_HTTP_BODY_MS: '2000', DTMS_HTTP_HANDSHAKE_MS: '2000' },
  });
  const client = new WireClient(target.address);
  expect((await registering(client, { account: 'demo', ticket: 1n })).code).toBe(0);
  client.close();
  tables = await tableNames(target);
  bystander = Bystander.start(target.address, { account: 'demo', ticket: 1n });
});

afterAll(async () => {
  await bystander?.end();
  await target?.end();
});

interface Case {
  readonly bytes: Buffer | string;
  /** The statuses that are right; none means that closing without an answer is. */
  readonly statuses: readonly number[];
  /** True where Node answers by itself, without a body. */
  readonly bare?: true;
  /** What else must hold. */
  readonly also?: (answer: Spoken) => boolean;
}

/** Sends every case so often and judges the answers; afterwards a good request must be answered. */
async function trySome(name: string, cases: Readonly<Record<string, Case>>, times: number): Promise<void> {
  const judge = await Judge.of(`HTTP: ${name}`, target);
  await bystander.mark();
  for (const [what, { bytes, statuses, bare = false, also = () => true }] of Object.entries(cases)) {
    const answers = await Promise.all(Array.from({ length: times }, () => speak(target.http, bytes)));
    for (const answer of answers) {
      const closedInstead = answer.status === undefined && answer.closed && statuses.length === 0;
      const right =
        (closedInstead || statuses.includes(answer.status ?? 0)) && answer.answers <= 1 && also(answer);
      judge.count(
        right ? 1 : 0,
        right ? 0 : 1,
        `${what}: ${answer.status} ${answer.answers} ${answer.body.slice(0, 200)}`,
      );
      const typed =
        bare ||
        answer.status === undefined ||
        answer.status < 400 ||
        /^(?:[0-9a-f]+\r\n)?\{"error":/.test(answer.body);
      if (!typed)
        judge.count(0, 1, `${what}: an answer that is no typed error: ${answer.body.slice(0, 200)}`);
      const leak = leakInTexts([answer.body, ...answer.headers.values()], tables);
      if (leak !== undefined) {
        judge.leaks += 1;
        judge.count(0, 1, `${what} shows ${leak}`);
      }
    }
  }
  const { failures, latencies } = await bystander.mark();
  judge.count(0, failures.length, `another caller met ${failures[0]}`);
  const good = await speak(target.http, requestOf(GOOD));
  expect(good.status).toBe(200);
  const longest = Math.max(0, ...latencies).toFixed(0);
  expect(judge.close(`another caller waited ${longest} ms at most`)).toEqual([]);
}

const post = (path: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Buffer =>
  requestOf(`POST ${path}`, { ...JSON_BODY, ...headers }, body);

const TRADE = { symbol: 'BTCUSD', direction: 'DIRECTION_BUY', entryPrice: 100, volume: 1, stopLoss: 90 };
/** Refused by its size alone. Parsing holds everybody up: 900 KB of empty objects did for most of a second. */
const unparsed = ({ body }: Spoken): boolean =>
  /must have at most \d+ fields and list items|levels deep/.test(body);
const registration = (more: string): string =>
  `{"trade":{"account":"demo","ticket":"7","openedAt":"2026-01-05T10:00:00Z",${JSON.stringify(TRADE).slice(1, -1)}}${more}}`;

test(
  'heads and framing that are not HTTP',
  () => {
    const chunked = { ...JSON_BODY, 'transfer-encoding': 'chunked' };
    return trySome(
      'broken heads and framing',
      {
        'no HTTP at all': { bytes: 'hello there\r\n\r\n', statuses: [400] },
        'a TLS hello': { bytes: Buffer.from('16030100050100000100', 'hex'), statuses: [400] },
        'the preface of HTTP/2': {
          bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
          statuses: [400, 404, 405, 403],
        },
        'a head of 64 KB': { bytes: requestOf(GOOD, { 'x-much': 'a'.repeat(64 * 1024) }), statuses: [431] },
        '3,000 headers': {
          bytes: `${GOOD} HTTP/1.1\r\nHost: 127.0.0.1\r\n${'a: b\r\n'.repeat(3000)}\r\n`,
          statuses: [431, 200],
        },
        'a query of 1 MB': {
          bytes: requestOf(`GET /v1/dtms/trades?x=${'a'.repeat(MEGABYTE)}`),
          statuses: [431, 414],
        },
        'a line break in a header': {
          bytes: requestOf(GOOD, { 'x-correlation-id': 'a\r\nset-cookie: x=1' }),
          statuses: [200],
          also: ({ headers }) => !headers.has('set-cookie'),
        },
        'a bare LF in a header': { bytes: requestOf(GOOD, { 'x-y': 'a\nset-cookie: x' }), statuses: [400] },
        'a NUL in a header': { bytes: requestOf(GOOD, { 'x-y': 'a\0b' }), statuses: [400] },
        'two lengths': {
          bytes: `POST ${TRADES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}`,
          statuses: [400],
        },
        'a length and chunks': {
          bytes: requestOf(
            `POST ${TRADES}`,
            { ...chunked, 'content-length': '2' },
            '0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
          ),
          statuses: [400],
        },
        'chunks of nonsense': {
          bytes: requestOf(`POST ${TRADES}`, { ...chunked, 'content-length': '' }, 'zz\r\n{}\r\n0\r\n\r\n'),
          statuses: [400],
        },
        'a chunk of 2^64 bytes': {
          bytes: `POST ${TRADES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{}\r\n`,
          statuses: [400, 413],
        },
        'a transfer coding that is none': {
          bytes: `POST ${TRADES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: gzip, x\r\n\r\n{}`,
          statuses: [400, 501],
        },
        'a length below zero': {
          bytes: requestOf(`POST ${TRADES}`, { ...JSON_BODY, 'content-length': '-1' }),
          statuses: [400],
        },
        'no host': { bytes: `${GOOD} HTTP/1.1\r\n\r\n`, statuses: [400, 403], bare: true },
        'a method that is none': { bytes: requestOf(`BREW ${TRADES}`), statuses: [400, 404, 405] },
      },
      tries({ full: 50, short: 2 }),
    );
  },
  LONG,
);

test(
  'pages of other sites, and names that other sites point here',
  () => {
    const body = registration('');
    return trySome(
      'other sites',
      {
        'a form': {
          bytes: requestOf(`POST ${TRADES}`, { 'content-type': 'text/plain' }, body),
          statuses: [415],
        },
        'a form of fields': {
          bytes: requestOf(`POST ${TRADES}`, { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b'),
          statuses: [415],
        },
        'no type at all': { bytes: requestOf(`POST ${TRADES}`, {}, body), statuses: [415] },
        'JSON of another site': {
          bytes: post(TRADES, body, { origin: 'https://evil.example' }),
          statuses: [403],
        },
        'JSON of a page without a site': { bytes: post(TRADES, body, { origin: 'null' }), statuses: [403] },
        'by what browsers say': {
          bytes: post(TRADES, body, { 'sec-fetch-site': 'cross-site' }),
          statuses: [403],
        },
        'a site of the same machine': {
          bytes: post(TRADES, body, { 'sec-fetch-site': 'same-site' }),
          statuses: [403],
        },
        'asking first': {
          bytes: requestOf(`OPTIONS ${TRADES}`, {
            origin: 'https://evil.example',
            'access-control-request-method': 'POST',
          }),
          statuses: [403, 204],
          also: ({ headers }) => !headers.has('access-control-allow-origin'),
        },
        'reading from another site': {
          bytes: requestOf(GOOD, { origin: 'https://evil.example' }),
          statuses: [200],
          also: ({ headers }) => !headers.has('access-control-allow-origin'),
        },
        'a name of somebody else': { bytes: requestOf(GOOD, { host: 'evil.example' }), statuses: [403] },
        'a name that begins like ours': {
          bytes: requestOf(GOOD, { host: '127.0.0.1.evil.example' }),
          statuses: [403],
        },
        'a name with a user': {
          bytes: requestOf(GOOD, { host: 'localhost@evil.example' }),
          statuses: [400, 403],
        },
        'the whole address in the line': {
          bytes: requestOf('GET http://evil.example/v1/dtms/trades', { host: 'evil.example' }),
          statuses: [403, 400, 404],
        },
      },
      tries({ full: 50, short: 2 }),
    );
  },
  LONG,
);

test(
  'paths that leave their folder, or are none',
  () => {
    const paths = [
      ...['/../../../x/passwd', '/docs/../../../x/passwd', '/docs/..%2f..%2f..%2fx%2fpasswd'],
      ...[
        '/docs/%2e%2e/%2e%2e/package.json',
        '/docs/..\\..\\package.json',
        '/docs/%00',
        '/docs/.%00./package.json',
      ],
      ...[
        '/docs//etc/passwd',
        '/docs/%252e%252e/package.json',
        '/dashboard/../../package.json',
        '/dashboard/..%2fpackage.json',
      ],
      ...['/%', '/%zz', '/v1/dtms/accounts/%ff/trades/1', '/v1/dtms/accounts/a%00b/trades/1'],
      ...['/__proto__', '/constructor/prototype', '//', '/v1/dtms/accounts/%2e%2e/trades/1'],
    ];
    const secret = /"devDependencies"|root:.*:0:0:/;
    return trySome(
      'paths',
      Object.fromEntries(
        paths.map((path) => [
          path,
          {
            bytes: requestOf(`GET ${path}`),
            statuses: [200, 301, 302, 308, 400, 403, 404],
            also: ({ body }: Spoken) => !secret.test(body),
          },
        ]),
      ),
      tries({ full: 50, short: 2 }),
    );
  },
  LONG,
);

test(
  'JSON that explodes, lies or is none',
  () => {
    const depth = 10_000;
    const text = 'x'.repeat(MEGABYTE);
    return trySome(
      'JSON',
      {
        'lists in lists': { bytes: post(TRADES, '['.repeat(depth) + ']'.repeat(depth)), statuses: [400] },
        'objects in objects': {
          bytes: post(TRADES, `${'{"trade":'.repeat(depth)}1${'}'.repeat(depth)}`),
          statuses: [400],
        },
        'lists that do not end': {
          bytes: post(TRADES, '['.repeat(MEGABYTE)),
          statuses: [400],
          also: unparsed,
        },
        'a text of 1 MB': { bytes: post(TRADES, `{"trade":{"symbol":"${text}"}}`), statuses: [400] },
        'a name of 1 MB': { bytes: post(TRADES, `{"${text}":1}`), statuses: [400] },
        'a number of 1 MB': {
          bytes: post(TRADES, `{"trade":{"volume":${'9'.repeat(MEGABYTE)}}}`),
          statuses: [400],
        },
        '50,000 names': {
          bytes: post(TRADES, `{${Array.from({ length: 50_000 }, (_, i) => `"n${i}":${i}`).join(',')}}`),
          statuses: [400],
          also: unparsed,
        },
        'a list of 300,000': {
          bytes: post(`${TRADES}:batchRegister`, `{"trades":[${'{},'.repeat(300_000)}{}]}`),
          statuses: [400],
          also: unparsed,
        },
        'more than may be, and no JSON': {
          bytes: post(TRADES, ','.repeat(MEGABYTE)),
          statuses: [400],
          also: unparsed,
        },
        'a prototype': {
          bytes: post(TRADES, '{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}'),
          statuses: [400],
        },
        'a prototype within': {
          bytes: post(TRADES, '{"trade":{"__proto__":{"symbol":"X"}}}'),
          statuses: [400],
        },
        'not UTF-8': {
          bytes: post(TRADES, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
          statuses: [400],
        },
        'half of it': { bytes: post(TRADES, '{"trade":'), statuses: [400] },
        'NaN and infinities': {
          bytes: post(TRADES, registration('').replace('100', 'NaN')),
          statuses: [400],
        },
        'a number of names': {
          bytes: post(TRADES, registration('').replace('100', '"Infinity"')),
          statuses: [400],
        },
        'a list for an object': { bytes: post(TRADES, '[]'), statuses: [400] },
        'more than fits': { bytes: post(TRADES, `{"x":"${'y'.repeat(9 * MEGABYTE)}"}`), statuses: [413] },
        'a bomb in gzip': { bytes: post(TRADES, 'x', { 'content-encoding': 'gzip' }), statuses: [400, 415] },
      },
      tries({ full: 20, short: 1 }),
    );
  },
  LONG,
);

test(
  'callers that never finish are given up, and cost nobody else',
  async () => {
    const judge = await Judge.of('HTTP: slow callers', target);
    await bystander.mark();
    const number = tries({ full: 400, short: 20 });
    const partial = [
      '',
      'GET /v1/dtms/tra',
      `${GOOD} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n`,
      `POST ${TRADES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a`,
      `POST ${TRADES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a`,
    ];
    const answers = await Promise.all(
      Array.from({ length: number }, async (_, index) => {
        const socket = open(target.http);
        socket.write(partial[index % partial.length] ?? '');
        // A byte now and then keeps nothing alive that has to be whole in time.
        const drip = setInterval(() => index % partial.length > 0 && socket.write('x'), 500);
        const heard = await hear(socket, 30_000, 25_000);
        clearInterval(drip);
        return heard;
      }),
    );
    for (const { closed, status } of answers)
      judge.count(closed ? 1 : 0, closed ? 0 : 1, `left open, ${status}`);
    const { failures, latencies } = await bystander.mark();
    judge.count(0, failures.length, `another caller met ${failures[0]}`);
    const notes = `all ${number} closed; another caller waited ${Math.max(0, ...latencies).toFixed(0)} ms at most`;
    expect(judge.close(notes)).toEqual([]);
  },
  LONG,
);

test(
  'streams beyond their number are refused, those that are open hold nobody up, and memory comes back',
  async () => {
    const judge = await Judge.of('HTTP: event streams', target);
    const before = await target.memory();
    await bystander.mark();
    const number = tries({ full: 3000, short: 60 });
    const sockets = Array.from({ length: number }, () => open(target.http));
    const opened = { ok: 0, refused: 0 };
    const request = requestOf('GET /v1/dtms/trades:watch', { accept: 'text/event-stream' });
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<void>((resolve) => {
            let answered = false;
            socket.once('connect', () => socket.write(request));
            // It never reads more than the head.
            socket.once('data', (chunk: Buffer) => {
              socket.pause();
              answered = true;
              if (chunk.toString('latin1').startsWith('HTTP/1.1 200')) opened.ok += 1;
              else opened.refused += 1;
              resolve();
            });
            // Closed before any answer; afterwards it is we who close.
            socket.once('close', () => {
              if (!answered) opened.refused += 1;
              resolve();
            });
          }),
      ),
    );
    const under = await bystander.mark();
    for (const socket of sockets) socket.destroy();
    await sleep(tries({ full: 3000, short: 300 }));
    const grown = Math.round(((await target.memory()).rss - before.rss) / MEGABYTE);
    judge.count(opened.ok, under.failures.length, `another caller met ${under.failures[0]}`);
    const after = await speak(target.http, requestOf(GOOD));
    expect(after.status).toBe(200);
    expect(opened.ok).toBeGreaterThan(0);
    const longest = Math.max(0, ...under.latencies).toFixed(0);
    expect(
      judge.close(
        `${opened.ok} open, ${opened.refused} refused; another caller waited ${longest} ms at most; memory after: ${grown} MiB more`,
      ),
    ).toEqual([]);
  },
  LONG,
);
