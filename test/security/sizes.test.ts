// Requests that are too large, or larger than they look, and bodies that are not what they say they are.
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { framed } from '../support/raw-reader.js';
import { Bystander } from '../support/security/bystander.js';
import { registering } from '../support/security/honest.js';
import { deflateBomb, emptyItems, frameOf, gzipBomb, packedNumbers } from '../support/security/inflate.js';
import { Judge } from '../support/security/judge.js';
import { FULL, LONG, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { WireClient } from '../support/security/wire-client.js';

const MEGABYTE = 1024 * 1024;
const LARGEST = 2 * MEGABYTE;
const TRADES = '/dtms.v1.TradeService';
const GET_TRADE = `${TRADES}/GetTrade`;
/** account demo, ticket 1. */
const REQUEST = Buffer.from('0a0464656d6f1001', 'hex');

/** Of one caller only so many bytes wait to be parsed; the rest is told to come again. */
const REFUSED_OR_WAITING = new Set<number>([status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED]);
const TOO_LARGE = new Set<number>([status.RESOURCE_EXHAUSTED]);

let target: Target;
let client: WireClient;
let bystander: Bystander;

beforeAll(async () => {
  target = await Target.start({ logLevel: 'warn' });
  client = new WireClient(target.address);
  expect((await registering(client, { account: 'honest', ticket: 1n })).code).toBe(0);
  bystander = Bystander.start(target.address, { account: 'honest', ticket: 1n });
});

afterAll(async () => {
  await bystander?.end();
  client?.close();
  await target?.end();
});

interface Case {
  readonly path: string;
  readonly body: Buffer;
  readonly codes: ReadonlySet<number>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends each case so many times, all at once. grpc-js refuses some by itself, without a correlation id. */
async function sendAll(name: string, cases: Readonly<Record<string, Case>>, times: number, bare: boolean) {
  const judge = await Judge.of(name, target);
  const before = await target.memory();
  await bystander.mark();
  for (const [what, { path, body, codes, headers }] of Object.entries(cases)) {
    const correlationId = bare ? null : 'size';
    const calls = Array.from({ length: times }, () =>
      client.call(path, body, { headers: { 'x-correlation-id': 'size', ...headers }, patienceMs: 30_000 }),
    );
    for (const answer of await Promise.all(calls)) judge.judge(answer, { codes, correlationId }, () => what);
  }
  const { failures, latencies } = await bystander.mark();
  judge.count(0, failures.length, `another caller met ${failures[0]}`);
  if (FULL) await sleep(3000);
  const grown = Math.round(((await target.memory()).rss - before.rss) / MEGABYTE);
  const longest = Math.max(0, ...latencies).toFixed(0);
  expect(
    judge.close(
      `${judge.distribution()}; another caller waited ${longest} ms at most; memory after: ${grown} MiB more`,
    ),
  ).toEqual([]);
  if (FULL) expect(grown).toBeLessThan(300);
}

test(
  'a request of more than 2 MiB is refused',
  () =>
    sendAll(
      '2 MiB + 1',
      {
        'one byte more': { path: GET_TRADE, body: framed(Buffer.alloc(LARGEST + 1)), codes: TOO_LARGE },
        'a length of 4 GiB': { path: GET_TRADE, body: frameOf(0, REQUEST, 0xffffffff), codes: TOO_LARGE },
      },
      tries({ full: 50, short: 3 }),
      true,
    ),
  LONG,
);

test(
  'a request that would unfold into millions of objects is refused before it does',
  () =>
    sendAll(
      'requests that unfold: 2 MiB of tiny items',
      {
        trades: {
          path: `${TRADES}/BatchRegisterTrades`,
          body: framed(emptyItems(1, LARGEST)),
          codes: REFUSED_OR_WAITING,
        },
        tickets: {
          path: `${TRADES}/BatchGetTrades`,
          body: framed(packedNumbers(2, LARGEST - 100)),
          codes: REFUSED_OR_WAITING,
        },
        'market data': {
          path: '/dtms.v1.MarketDataService/PushMarketData',
          body: framed(emptyItems(2, LARGEST)),
          codes: REFUSED_OR_WAITING,
        },
        'unknown fields': {
          path: GET_TRADE,
          body: framed(emptyItems(15, LARGEST)),
          codes: REFUSED_OR_WAITING,
        },
        'one field a million times': {
          path: GET_TRADE,
          body: framed(Buffer.alloc(LARGEST, Buffer.of(0x10, 1))),
          codes: REFUSED_OR_WAITING,
        },
      },
      tries({ full: 50, short: 2 }),
      false,
    ),
  LONG,
);

test(
  'bombs of gzip and deflate are stopped while they inflate',
  () =>
    sendAll(
      'gzip bombs',
      {
        gzip: bomb('gzip', gzipBomb(tries({ full: 1024, short: 64 }) * MEGABYTE)),
        deflate: bomb('deflate', deflateBomb(tries({ full: 1024, short: 64 }) * MEGABYTE)),
        'gzip of a stream': {
          ...bomb('gzip', gzipBomb(64 * MEGABYTE)),
          path: `${TRADES}/WatchTrades`,
        },
      },
      tries({ full: 50, short: 3 }),
      true,
    ),
  LONG,
);

function bomb(encoding: string, body: Buffer): Case {
  return {
    path: GET_TRADE,
    body: frameOf(1, body),
    codes: TOO_LARGE,
    headers: { 'grpc-encoding': encoding },
  };
}

test(
  'bodies that are not what they say they are get a status',
  () => {
    const odd = (body: Buffer, headers: Readonly<Record<string, string>> = {}, path = GET_TRADE): Case => ({
      ...{ path, body, headers },
      // grpc-js has codes of its own for these; what matters is that there is one, and that it shows nothing.
      codes: new Set([
        ...[status.INTERNAL, status.UNIMPLEMENTED, status.RESOURCE_EXHAUSTED, status.INVALID_ARGUMENT],
        ...[status.NOT_FOUND, status.CANCELLED],
      ]),
    });
    return sendAll(
      'bodies and paths that are none',
      {
        'not gzip': odd(frameOf(1, Buffer.from('hello')), { 'grpc-encoding': 'gzip' }),
        'half a gzip': odd(frameOf(1, gzipBomb(1000).subarray(0, 12)), { 'grpc-encoding': 'gzip' }),
        'compressed without an encoding': odd(frameOf(1, REQUEST)),
        'a flag that is none': odd(frameOf(7, REQUEST)),
        'an encoding that is none': odd(frameOf(1, REQUEST), { 'grpc-encoding': 'snappy' }),
        'longer than it is': odd(frameOf(0, REQUEST, 100)),
        'shorter than it is': odd(frameOf(0, REQUEST, 2)),
        'two messages': odd(Buffer.concat([framed(REQUEST), framed(REQUEST)])),
        nothing: odd(Buffer.alloc(0)),
        'half a head': odd(Buffer.alloc(3)),
        'a method that is none': odd(framed(REQUEST), {}, `${TRADES}/DropTrades`),
        'a service that is none': odd(framed(REQUEST), {}, '/x.Y/Z'),
        'a path of files': odd(framed(REQUEST), {}, '/../../../x/passwd'),
        'a prototype': odd(framed(REQUEST), {}, '/__proto__/constructor'),
        'health of noise': odd(framed(Buffer.of(0xff, 0xff)), {}, '/grpc.health.v1.Health/Check'),
        'reflection of noise': odd(
          framed(Buffer.of(0xff, 0xff)),
          {},
          '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        ),
      },
      tries({ full: 200, short: 3 }),
      true,
    );
  },
  LONG,
);
