// Floods below gRPC: frames that cost the sender nothing, more streams and connections than anybody needs,
// and callers that dawdle. The process lives and somebody else is served all the while.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, until } from '../support/eventually.js';
import { framed } from '../support/raw-reader.js';
import { Bystander, quantile } from '../support/security/bystander.js';
import { registering } from '../support/security/honest.js';
import { Judge } from '../support/security/judge.js';
import {
  callHeaders,
  EMPTY,
  END_HEADERS,
  END_STREAM,
  FrameType,
  literal,
  RawConnection,
  rawFrame,
} from '../support/security/raw-http2.js';
import { FULL, LONG, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { WireClient } from '../support/security/wire-client.js';

const GET_TRADE = '/dtms.v1.TradeService/GetTrade';
const WATCH = '/dtms.v1.TradeService/WatchTrades';
const MEGABYTE = 1024 * 1024;
/** The server's own limits: calls on a connection, connections from an address. */
const MOST_CALLS = 100;
const MOST_CONNECTIONS = 1000;
/** For how long refused calls of an address count against it, in ms. */
const STRANGERS_MS = 1000;
const REPEAT = tries({ full: 100_000, short: 4_000 });

let target: Target;
let bystander: Bystander;

beforeAll(async () => {
  target = await Target.start({ logLevel: 'info' });
  const client = new WireClient(target.address);
  expect((await registering(client, { account: 'honest', ticket: 1n })).code).toBe(0);
  client.close();
  bystander = Bystander.start(target.address, { account: 'honest', ticket: 1n });
});

afterAll(async () => {
  await bystander?.end();
  await target?.end();
});

/** Attacks, then asks whether anybody else noticed. */
async function attack(name: string, act: () => Promise<{ tried: number; outcome: string }>): Promise<void> {
  const judge = await Judge.of(name, target);
  const before = FULL ? await target.memory() : undefined;
  // What the attack before was refused counts for a second: this one is to meet the limit it is about.
  await sleep(STRANGERS_MS);
  await bystander.mark();
  const { tried, outcome } = await act();
  const seen = await bystander.mark();
  judge.count(tried, seen.failures.length, `another caller met ${seen.failures[0]}`);
  let notes = `${outcome}; another caller: ${seen.latencies.length} calls, p99 ${quantile(seen, 0.99).toFixed(1)} ms`;
  if (before !== undefined) {
    await sleep(2000);
    const grown = (await target.memory()).rss - before.rss;
    notes += `; memory after: ${Math.round(grown / MEGABYTE)} MiB more`;
  }
  expect(judge.close(notes)).toEqual([]);
  // Whoever asks next is served, as soon as the server has seen that the attacker's connections are gone.
  await until('whoever asks next is served', async () => {
    const client = new WireClient(target.address);
    const { ending } = await registering(client, { account: 'honest', ticket: 1n, openedAt: undefined });
    client.close();
    return ending === 'status';
  });
}

/** Sends chunks of so many frames on one connection until all are sent or the server ends it. */
async function pour(
  count: number,
  frame: (index: number) => Buffer,
  ears: 'listening' | 'deaf' = 'listening',
) {
  const connection = await RawConnection.open(target.address);
  if (ears === 'deaf') connection.deafen();
  let sent = 0;
  while (sent < count) {
    const chunk = Array.from({ length: Math.min(500, count - sent) }, (_, index) => frame(sent + index));
    sent += chunk.length;
    if (!(await Promise.race([connection.send(Buffer.concat(chunk)), sleep(3000, false)]))) break;
  }
  await sleep(50);
  const { outcome } = connection;
  connection.close();
  return { tried: sent, outcome: `${outcome} after ${sent} frames` };
}

const headers = callHeaders(GET_TRADE);
const stream = (index: number) => 2 * index + 1;

test(
  'rapid reset',
  () =>
    attack('rapid reset', () =>
      pour(REPEAT, (index) =>
        Buffer.concat([
          rawFrame(FrameType.headers, END_HEADERS, stream(index), headers),
          rawFrame(FrameType.resetStream, 0, stream(index), Buffer.of(0, 0, 0, 8)),
        ]),
      ),
    ),
  LONG,
);

test(
  'a CONTINUATION that never ends',
  () =>
    attack('CONTINUATION flood', () => {
      const filler = literal('x-filler', 'x'.repeat(8000));
      return pour(REPEAT / 10, (index) =>
        index === 0
          ? rawFrame(FrameType.headers, 0, 1, headers)
          : rawFrame(FrameType.continuation, 0, 1, filler),
      );
    }),
  LONG,
);

test(
  'empty CONTINUATIONs',
  () =>
    attack('CONTINUATION flood, empty', () =>
      pour(REPEAT, (index) =>
        index === 0
          ? rawFrame(FrameType.headers, 0, 1, headers)
          : rawFrame(FrameType.continuation, 0, 1, EMPTY),
      ),
    ),
  LONG,
);

test(
  'SETTINGS',
  () => attack('SETTINGS flood', () => pour(REPEAT, () => rawFrame(FrameType.settings, 0, 0, EMPTY), 'deaf')),
  LONG,
);

test(
  'PING',
  () => attack('PING flood', () => pour(REPEAT, () => rawFrame(FrameType.ping, 0, 0, Buffer.alloc(8)))),
  LONG,
);

test(
  'PING, with no reader for the answers',
  () =>
    attack('PING flood, answers unread', () =>
      pour(REPEAT, () => rawFrame(FrameType.ping, 0, 0, Buffer.alloc(8)), 'deaf'),
    ),
  LONG,
);

test(
  'empty DATA on an open call',
  () =>
    attack('empty DATA flood', () =>
      pour(REPEAT, (index) =>
        index === 0
          ? rawFrame(FrameType.headers, END_HEADERS, 1, headers)
          : rawFrame(FrameType.data, 0, 1, EMPTY),
      ),
    ),
  LONG,
);

test(
  'PRIORITY and WINDOW_UPDATE',
  () =>
    attack('PRIORITY and WINDOW_UPDATE flood', () =>
      pour(REPEAT, (index) =>
        index % 2 === 0
          ? rawFrame(FrameType.priority, 0, stream(index), Buffer.of(0, 0, 0, 0, 1))
          : rawFrame(FrameType.windowUpdate, 0, 0, Buffer.of(0, 0, 0, 1)),
      ),
    ),
  LONG,
);

test(
  'a header table that multiplies',
  () =>
    attack('HPACK bomb', () => {
      const entry = literal('x-entry', 'x'.repeat(3900), 0x40);
      // 62 is the newest entry of the dynamic table: a byte for four thousand.
      const bomb = Buffer.concat([headers, entry, Buffer.alloc(12_000, 0x80 + 62)]);
      return pour(REPEAT / 1000, (index) =>
        rawFrame(FrameType.headers, END_HEADERS + END_STREAM, stream(index), bomb),
      );
    }),
  LONG,
);

test(
  'frames that are none',
  () =>
    attack('broken frames', async () => {
      const broken: Readonly<Record<string, Buffer>> = {
        'unknown type': rawFrame(0x55, 0xff, 3, Buffer.alloc(100)),
        'DATA on stream 0': rawFrame(FrameType.data, 0, 0, Buffer.alloc(10)),
        'DATA on an idle stream': rawFrame(FrameType.data, 0, 9, Buffer.alloc(10)),
        'too large': rawFrame(FrameType.headers, END_HEADERS, 1, Buffer.alloc(100_000)),
        'even stream': rawFrame(FrameType.headers, END_HEADERS, 2, headers),
        'PUSH_PROMISE of a client': rawFrame(FrameType.pushPromise, END_HEADERS, 1, headers),
        'SETTINGS of odd size': rawFrame(FrameType.settings, 0, 0, Buffer.alloc(5)),
        'SETTINGS with a huge window': rawFrame(
          FrameType.settings,
          0,
          0,
          Buffer.of(0, 4, 0xff, 0xff, 0xff, 0xff),
        ),
        'PING of 7 bytes': rawFrame(FrameType.ping, 0, 0, Buffer.alloc(7)),
        'WINDOW_UPDATE of 0': rawFrame(FrameType.windowUpdate, 0, 0, Buffer.alloc(4)),
        'headers that are no HPACK': rawFrame(FrameType.headers, END_HEADERS, 1, Buffer.alloc(50, 0xff)),
        'reset of an idle stream': rawFrame(FrameType.resetStream, 0, 7, Buffer.alloc(4)),
        'all padding': rawFrame(FrameType.headers, END_HEADERS + 0x8, 1, Buffer.of(255, 0, 0)),
      };
      const outcomes: string[] = [];
      for (const [name, bytes] of Object.entries(broken)) {
        const connection = await RawConnection.open(target.address);
        await connection.send(bytes);
        await sleep(20);
        outcomes.push(`${name}: ${connection.outcome}`);
        connection.close();
      }
      const notHttp2 = [
        'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
        '\u0016\u0003\u0001\u0002',
        'x'.repeat(100_000),
        '\u0000',
      ];
      for (const words of notHttp2) {
        const connection = await RawConnection.open(target.address, Buffer.from(words, 'latin1'));
        await sleep(20);
        connection.close();
      }
      return { tried: outcomes.length + notHttp2.length, outcome: outcomes.join(', ') };
    }),
  LONG,
);

test(
  'more streams than a connection may have',
  () =>
    attack('10,000 open streams', async () => {
      const connections = tries({ full: 50, short: 10 });
      const each = 200;
      const open: RawConnection[] = [];
      for (let index = 0; index < connections; index += 1) {
        const connection = await RawConnection.open(target.address);
        const calls = Array.from({ length: each }, (_, call) =>
          rawFrame(FrameType.headers, END_HEADERS, stream(call), callHeaders(WATCH)),
        );
        await connection.send(Buffer.concat(calls));
        open.push(connection);
      }
      const refused = () => open.reduce((sum, { resets }) => sum + resets, 0);
      await eventually(() => expect(refused()).toBe(connections * (each - MOST_CALLS)));
      for (const connection of open) connection.close();
      return { tried: connections * each, outcome: `${refused()} streams refused` };
    }),
  LONG,
);

test(
  'connections that say nothing',
  () =>
    attack('5,000 idle connections', async () => {
      const count = tries({ full: 5000, short: 1200 });
      const open: RawConnection[] = [];
      for (let index = 0; index < count; index += 1) {
        const opened = await RawConnection.open(target.address, null).catch(() => undefined);
        if (opened !== undefined) open.push(opened);
      }
      const left = () => open.filter(({ gone }) => !gone).length;
      await eventually(() => expect(left()).toBeLessThanOrEqual(MOST_CONNECTIONS));
      for (const connection of open) connection.close();
      return { tried: count, outcome: `${count - left()} closed by the server` };
    }),
  LONG,
);

test(
  'callers that send a byte at a time',
  () =>
    attack('slow senders', async () => {
      const count = tries({ full: 500, short: 60 });
      const body = rawFrame(
        FrameType.data,
        END_STREAM,
        1,
        framed(Buffer.from('0a06686f6e6573741001', 'hex')),
      );
      const open = await Promise.all(Array.from({ length: count }, () => RawConnection.open(target.address)));
      await Promise.all(
        open.map(async (connection) => {
          await connection.send(rawFrame(FrameType.headers, END_HEADERS, 1, headers));
          for (const byte of body) {
            await connection.send(Buffer.of(byte));
            await sleep(FULL ? 100 : 10);
          }
        }),
      );
      const answered = () => open.filter(({ frames }) => frames > 2).length;
      await eventually(() => expect(answered()).toBe(count));
      for (const connection of open) connection.close();
      return { tried: count, outcome: `${answered()} answered in the end` };
    }),
  LONG,
);
