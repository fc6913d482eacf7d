// What comes beside a request: deadlines, headers of any size and content, and names that claim to be ours.
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/eventually.js';
import { framed } from '../support/raw-reader.js';
import { registering } from '../support/security/honest.js';
import { Judge, TYPED } from '../support/security/judge.js';
import { Dice } from '../support/security/random.js';
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  FrameType,
  literal,
  RawConnection,
  rawFrame,
} from '../support/security/raw-http2.js';
import { LONG, SEED, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { type Answer, WireClient } from '../support/security/wire-client.js';

const GET_TRADE = '/dtms.v1.TradeService/GetTrade';
/** account honest, ticket 1. */
const REQUEST = framed(Buffer.from('0a06686f6e6573741001', 'hex'));
const CALLERS = 32;

let target: Target;
let client: WireClient;

beforeAll(async () => {
  // Far more callers than strangers may be.
  target = await Target.start({ logLevel: 'debug', env: { DTMS_LIMITS_MODE: 'off' } });
  client = new WireClient(target.address);
  expect((await registering(client, { account: 'honest', ticket: 1n })).code).toBe(0);
});

afterAll(async () => {
  client?.close();
  await target?.end();
});

test('deadlines of 1 ns, 720 h and garbage', async () => {
  const judge = await Judge.of('deadlines: 1 ns, 720 h, garbage', target);
  const inTime = new Set<number>([status.OK]);
  const anyway = new Set<number>([status.OK, status.DEADLINE_EXCEEDED]);
  // grpc-js answers a deadline it cannot read by itself, and calls it INTERNAL.
  const garbage = new Set<number>([
    status.OK,
    status.INVALID_ARGUMENT,
    status.INTERNAL,
    status.DEADLINE_EXCEEDED,
  ]);
  const cases: readonly (readonly [string, ReadonlySet<number>])[] = [
    ...['30S', '24H', '596H'].map((long) => [long, inTime] as const),
    // Above 2^31 ms grpc-js takes a deadline for one that has passed: typed, and over at once.
    ...['597H', '720H', '10000H', '99999999H', '99999999M', '99999999S'].map(
      (long) => [long, anyway] as const,
    ),
    ...['1n', '0n', '1u', '0m', '00000000S'].map((short) => [short, anyway] as const),
    ...[
      'garbage',
      '-1S',
      '-99999999H',
      '1',
      'S',
      '1X',
      '1.5S',
      '1e3S',
      ' 1S',
      '999999999S',
      '1S1S',
      '0x1S',
      '１S',
      'NaNS',
    ].map((text) => [text, garbage] as const),
  ];
  for (const [timeout, codes] of cases) {
    for (let times = tries({ full: 20, short: 1 }); times > 0; times -= 1) {
      const answer = await client.call(GET_TRADE, REQUEST, {
        headers: { 'grpc-timeout': Buffer.from(timeout).toString('latin1') },
      });
      // A call that is over before it began may be ended by a reset too.
      const code = answer.ending === 'reset' && codes !== inTime ? status.DEADLINE_EXCEEDED : answer.code;
      judge.judge({ ...answer, code }, { codes, correlationId: null }, () => timeout);
    }
  }
  expect(judge.close(judge.distribution())).toEqual([]);
});

const VALUES = [
  ...[
    '',
    ' ',
    'x',
    'null',
    '__proto__',
    '../..',
    '%00%0d%0a',
    '{"a":1}',
    "' OR 1=1 --",
    '\u00ff\u00fe',
    '\t\t',
  ],
  ...[
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Basic YTpi',
    'dtms_x_y',
    '1'.repeat(500),
    '=,;',
    '!!!not base64***',
    'AAAA',
  ],
];
const NAMES = [
  ...[
    'authorization',
    'x-api-key',
    'x-correlation-id',
    'traceparent',
    'tracestate',
    'grpc-trace-bin',
    'x-bin',
  ],
  ...['grpc-encoding', 'grpc-accept-encoding', 'grpc-previous-rpc-attempts', 'grpc-status', 'grpc-message'],
  ...[
    'user-agent',
    'content-length',
    'x-forwarded-for',
    'x-user',
    'cookie',
    'host',
    'x-principal',
    'baggage',
    'forwarded',
  ],
  ...['grpc-tags-bin', 'constructor', '__proto__', 'tostring', 'x-', '-', '_', 'a.b', 'x-\u0024'],
];

/** A set of headers that no client of ours sends. */
function malformed(dice: Dice): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let count = 1 + dice.below(12); count > 0; count -= 1) {
    const name = dice.once(4) ? `x-${dice.bytes(6).toString('hex')}` : dice.pick(NAMES);
    const value = dice.once(4) ? printable(dice.bytes(dice.pick([1, 20, 300]))) : dice.pick(VALUES);
    headers[name] = dice.once(5) && name.startsWith('x-') ? [value, dice.pick(VALUES)] : value;
  }
  return headers;
}

const printable = (bytes: Buffer): string =>
  String.fromCharCode(...[...bytes].map((byte) => 0x20 + (byte % 0x5f)));

test(
  'sets of malformed metadata',
  async () => {
    const sets = tries({ full: 10_000, short: 600 });
    const judge = await Judge.of('malformed metadata sets', target);
    const codes = new Set([...TYPED, status.UNAUTHENTICATED, status.UNIMPLEMENTED, status.INTERNAL]);
    let refusedHere = 0;
    let next = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (next < sets) {
          const index = next;
          next += 1;
          const headers = malformed(new Dice(SEED + index));
          let answer: Answer;
          try {
            answer = await client.call(GET_TRADE, REQUEST, { headers });
          } catch {
            // Our own HTTP/2 library does not send it.
            refusedHere += 1;
            continue;
          }
          const ended = answer.ending === 'reset' || answer.ending === 'lost';
          const judged = ended ? { ...answer, code: status.INTERNAL } : answer;
          judge.judge(
            judged,
            { codes, correlationId: null },
            () => `seed ${SEED}, set ${index}: ${JSON.stringify(headers)}`,
          );
        }
      }),
    );
    expect(judge.close(`seed ${SEED}; ${judge.distribution()}; ${refusedHere} not sendable`)).toEqual([]);
    expect(judge.tried).toBeGreaterThan(sets / 2);
  },
  LONG,
);

test('metadata of more than 64 KB', async () => {
  const judge = await Judge.of('metadata over 64 KB', target);
  const outcomes: string[] = [];
  for (const kilobytes of [8, 63, 65, 128, 1024, 4096]) {
    const connection = await RawConnection.open(target.address);
    const block = callHeaders(GET_TRADE, [literal('x-large', 'x'.repeat(kilobytes * 1024))]);
    const parts: Buffer[] = [];
    for (let at = 0; at < block.length; at += 16_000) {
      const last = at + 16_000 >= block.length;
      const type = at === 0 ? FrameType.headers : FrameType.continuation;
      parts.push(rawFrame(type, last ? END_HEADERS : 0, 1, block.subarray(at, at + 16_000)));
    }
    // The server may have stopped reading before all is sent.
    const sending = connection.send(
      Buffer.concat([...parts, rawFrame(FrameType.data, END_STREAM, 1, REQUEST)]),
    );
    await Promise.race([sending, sleep(1000)]);
    if (kilobytes < 128) await sleep(100);
    else await until(`${kilobytes} KB end`, () => connection.resets > 0 || connection.outcome !== 'open');
    outcomes.push(`${kilobytes} KB: ${connection.resets > 0 ? 'stream reset' : connection.outcome}`);
    connection.close();
    const next = await client.call(GET_TRADE, REQUEST);
    judge.judge(next, { codes: new Set([status.OK]) }, () => `the call after ${kilobytes} KB`);
  }
  const notes = outcomes.join(', ');
  expect(judge.close(notes)).toEqual([]);
  for (const size of ['128 KB', '1024 KB', '4096 KB']) expect(notes).not.toContain(`${size}: open`);
});

test(
  'correlation ids: a good one is kept, a forged one is replaced, and each finds its own lines only',
  async () => {
    const judge = await Judge.of('correlation ids', target);
    const good = (index: number) => `call-${index}_${'x'.repeat(index % 20)}.a`;
    const calls = tries({ full: 5000, short: 300 });
    const answers = new Map<string, { path: string; code: number | undefined }>();
    const missing = framed(Buffer.from('0a06686f6e6573741002', 'hex'));
    await Promise.all(
      Array.from({ length: calls }, async (_, index) => {
        const body = index % 3 === 0 ? missing : index % 3 === 1 ? framed(Buffer.of(0xff)) : REQUEST;
        const answer = await client.call(GET_TRADE, body, {
          headers: { 'x-correlation-id': good(index) },
          patienceMs: 60_000,
        });
        judge.judge(answer, { correlationId: good(index) }, () => good(index));
        answers.set(good(index), { path: GET_TRADE, code: answer.code });
      }),
    );
    for (const bad of [
      '',
      ' ',
      'a b',
      'x'.repeat(65),
      '{"a":1}',
      '../x',
      'a/b',
      'a;b',
      '"',
      '<script>',
      'é',
    ]) {
      const answer = await client.call(GET_TRADE, REQUEST, { headers: { 'x-correlation-id': bad } });
      const made = answer.correlationId;
      const right = made !== undefined && made !== bad && /^[A-Za-z0-9_.-]{1,64}$/.test(made);
      judge.count(right ? 1 : 0, right ? 0 : 1, `${JSON.stringify(bad)} came back as ${made}`);
      if (made !== undefined) answers.set(made, { path: GET_TRADE, code: answer.code });
    }
    // The log is written a little later than the answer.
    await until('lines of all calls', () => {
      const logged = new Set(target.log().map((line) => String(line.correlation_id)));
      return [...answers.keys()].every((id) => logged.has(id));
    });
    const lines = new Map<string, Readonly<Record<string, unknown>>[]>();
    for (const line of target.log()) {
      const id = String(line.correlation_id);
      lines.set(id, [...(lines.get(id) ?? []), line]);
    }
    for (const [id, { path, code }] of answers) {
      const own = lines.get(id) ?? [];
      const right = own.length === 1 && own[0]?.method === path && own[0]?.code === status[code ?? -1];
      judge.count(0, right ? 0 : 1, `${id} finds ${JSON.stringify(own).slice(0, 500)}`);
    }
    expect(judge.close()).toEqual([]);
  },
  LONG,
);
