// Numbers, texts and log lines: every number and text of every request set to what no good client sends.
import { ScalarType } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GetTradeResponse, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { Direction } from '../../gen/ts/dtms/v1/types.js';
import { execute } from '../support/postgres.js';
import { framed } from '../support/raw-reader.js';
import { type Place, placesOf } from '../support/security/fields.js';
import { calling, orderOf, registering } from '../support/security/honest.js';
import { Judge, TYPED } from '../support/security/judge.js';
import { makerOf } from '../support/security/maker.js';
import { METHODS, pathOf } from '../support/security/samples.js';
import { FULL } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { WireClient } from '../support/security/wire-client.js';
import { bodiesAsText } from '../support/text-bodies.js';

const REFUSED: ReadonlySet<number> = new Set([status.INVALID_ARGUMENT]);
/** What is only compared may say anything that can be compared. */
const OPAQUE = /log_epoch$|^actor$|^method$|^console_token$|^(?:positions|deals)\[\d+\]\.comment$/;
/** What is refused of these is refused alone: trust-items.test.ts looks at what is told of it. */
const ITEM_BY_ITEM = /^(?:items|positions|deals|instruments|events|trades)\[\d+\]\./;
const LEAVE_MS = 20;

let target: Target;
let client: WireClient;
let maker: Awaited<ReturnType<typeof makerOf>>;

beforeAll(async () => {
  target = await Target.start({ logLevel: 'debug', env: { DTMS_ACCESS_MODE: 'open' } });
  client = new WireClient(target.address);
  maker = await makerOf(target);
});

afterAll(async () => {
  client?.close();
  await target?.end();
});

async function send(judge: Judge, place: Place, bytes: Buffer, codes: ReadonlySet<number>): Promise<void> {
  const streaming = place.method.methodKind !== 'unary';
  const alone = ITEM_BY_ITEM.test(place.path);
  const answer = await client.call(pathOf(place.method), framed(bytes), {
    headers: maker(pathOf(place.method)),
    ...(streaming && codes !== REFUSED ? { leaveAfterMs: LEAVE_MS } : {}),
  });
  judge.judge(
    answer,
    {
      codes: alone ? TYPED : codes,
      mayBeLeft: streaming && codes !== REFUSED,
    },
    () => `${pathOf(place.method)} ${place.path}: ${bytes.subarray(0, 300).toString('hex')}`,
  );
  // The field at fault is named, or the caller would not know what to mend.
  if (codes === REFUSED && !alone && answer.code === status.INVALID_ARGUMENT) {
    const named =
      answer.message.includes(place.path) || answer.details.toString('latin1').includes(place.path);
    judge.count(0, named ? 0 : 1, `${pathOf(place.method)} does not name ${place.path}: ${answer.message}`);
  }
}

const doubles = METHODS.flatMap((method) => placesOf(method, ScalarType.DOUBLE));
const longs = METHODS.flatMap((method) => placesOf(method, ScalarType.INT64));
const texts = METHODS.flatMap((method) => placesOf(method, ScalarType.STRING));

test('every number that is none, or too large, is refused with its field', async () => {
  const judge = await Judge.of('numbers: NaN, infinities, 1e308, -0, 2^63', target);
  expect(doubles.length).toBeGreaterThan(25);
  for (const place of doubles) {
    for (const value of [Number.NaN, Infinity, -Infinity, 1e308]) {
      await send(judge, place, place.with(value), REFUSED);
    }
    for (const value of [-0, -1, -1e308, 5e-324, 2 ** 63]) await send(judge, place, place.with(value), TYPED);
  }
  for (const place of longs) {
    for (const value of [-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n])
      await send(judge, place, place.with(value), TYPED);
  }
  expect(judge.close(`${doubles.length} floating, ${longs.length} whole; ${judge.distribution()}`)).toEqual(
    [],
  );
});

test('negative volumes and stops on the wrong side are refused', async () => {
  const judge = await Judge.of('orders that make no sense', target);
  const cases = [
    { volume: -1 },
    { volume: 0 },
    { volume: -0 },
    { stopLoss: 110 },
    { stopLoss: 100 },
    { takeProfit: 90 },
    { direction: Direction.SELL, stopLoss: 90 },
    { direction: Direction.SELL, stopLoss: 110, takeProfit: 120 },
    { direction: Direction.UNSPECIFIED },
    { ticket: 0n },
    { ticket: -(2n ** 63n) },
  ];
  for (const change of cases) {
    const answer = await registering(client, change);
    judge.judge(answer, { codes: REFUSED }, () =>
      JSON.stringify(orderOf(change), (_, value) => String(value)),
    );
  }
  expect(judge.close()).toEqual([]);
});

/** Put where a marker was, so that bytes which are no text can be sent too. */
const MARKER = 'zqzqzqzq';
const HOSTILE: Readonly<Record<string, Buffer>> = {
  nul: Buffer.from('a\u0000b'),
  'lone surrogate': Buffer.from('ed a0 80'.replaceAll(' ', ''), 'hex'),
  'not UTF-8': Buffer.from('fffe80c0', 'hex'),
  'CR LF': Buffer.from('a\r\n{"severity":"ERROR","message":"forged"}'),
  ANSI: Buffer.from('\u001b[2J\u001b[31mred'),
  SQL: Buffer.from(`'; DROP TABLE trades; --`),
  JSON: Buffer.from('{"__proto__":{"admin":true}}'),
  format: Buffer.from('%s%n%x %{jndi:ldap://x}'),
  'right to left': Buffer.from('\u202Eabc\u2066'),
};
const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

/** The request with these bytes as its text, whether they are text or not. */
function replaced(place: Place, value: Buffer): Buffer {
  const marker = MARKER.padEnd(value.length, 'z').slice(0, value.length);
  const bytes = place.with(marker);
  const at = bytes.indexOf(marker);
  if (at < 0) throw new Error('the text was not written');
  return Buffer.concat([bytes.subarray(0, at), value, bytes.subarray(at + value.length)]);
}

test('every text takes hostile content without harm, and none of it makes a line of the log', async () => {
  const judge = await Judge.of('texts: NUL, surrogates, CR LF, ANSI, SQL, JSON, 1 MiB', target);
  expect(texts.length).toBeGreaterThan(50);
  for (const [index, place] of texts.entries()) {
    for (const value of Object.values(HOSTILE)) await send(judge, place, replaced(place, value), TYPED);
    for (const name of OPAQUE.test(place.path) ? [] : (['nul', 'CR LF', 'ANSI'] as const)) {
      const value = HOSTILE[name];
      if (value === undefined) continue;
      await send(judge, place, replaced(place, value), REFUSED);
    }
    if (FULL || index % 4 === 0) await send(judge, place, replaced(place, MEGABYTE), REFUSED);
  }
  const lines = target.logText().split('\n').slice(0, -1);
  const broken = lines.filter((line) => !line.startsWith('{"') || !line.endsWith('}'));
  const escapes = lines.filter((line) => line.includes('\u001b') || line.includes('\r'));
  const forged = target.log().filter(({ message }) => message === 'forged');
  expect(lines.length).toBeGreaterThan(texts.length);
  judge.count(lines.length, broken.length + escapes.length + forged.length, 'the log has lines of a caller');
  expect(judge.close(`${texts.length} fields; ${judge.distribution()}`)).toEqual([]);
});

test('a text that is the name of what every object has is a text like any other', async () => {
  const judge = await Judge.of('texts: constructor, __proto__ and their like', target);
  const names = Object.getOwnPropertyNames(Object.prototype);
  for (const place of texts) {
    for (const name of [...names, ...names.map((each) => `A:1:1:${each}`)])
      await send(judge, place, replaced(place, Buffer.from(name)), TYPED);
  }
  expect(judge.close(`${texts.length} fields; ${judge.distribution()}`)).toEqual([]);
});

test('texts are stored as they are: SQL and JSON too', async () => {
  const judge = await Judge.of('SQL and JSON texts stored literally', target);
  const labels = [
    `'; DROP TABLE trades; --`,
    `' OR 1=1 --`,
    '{"a":{"$gt":""}}',
    '","b":"c',
    '\\u0000 \\x00 \\',
    '$1 $$ {} [] :a',
    '%27 &lt;b&gt; <script>',
    '\u{1F600} é \uFFFD',
  ];
  for (const [index, label] of labels.entries()) {
    const ticket = BigInt(900 + index);
    expect((await registering(client, { account: 'literal', ticket, label })).code).toBe(status.OK);
    const { body } = await calling(client, TradeServiceService.getTrade, { account: 'literal', ticket });
    const stored = GetTradeResponse.decode(body.subarray(5)).trade?.label;
    await bodiesAsText(target.database.url);
    const { rows } = await execute(
      target.database.url,
      `SELECT body FROM trades WHERE account = 'literal' AND ticket = ${ticket}`,
    );
    const right = stored === label && JSON.stringify(rows[0]).includes(JSON.stringify(label).slice(1, -1));
    judge.count(right ? 1 : 0, right ? 0 : 1, `${label} is stored as ${stored}`);
  }
  expect(judge.close()).toEqual([]);
});
