// Streams over HTTP against a real server: Server-Sent Events that go on after a restart without a loss, a
// reader that does not read, a stream that its caller or the server ends, and requests line by line.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startService, type TestService } from '../../support/app.js';
import { errorIn } from '../../support/rest.js';
import { SseReader } from '../../support/sse.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ access: { mode: 'open' }, watch: { bookmarkMs: 200, ringEvents: 16 } });
});
afterAll(() => service.end());

let tickets = 0n;
async function register(account: string, count: number): Promise<bigint[]> {
  const trades = Array.from({ length: count }, () => {
    tickets += 1n;
    return {
      ...{
        account,
        ticket: tickets,
        symbol: 'BTCUSD',
        direction: 1,
        entryPrice: 100,
        volume: 1,
        stopLoss: 90,
      },
      openedAt: new Date(),
      label: 'x'.repeat(60),
    };
  });
  await service.client.batchRegisterTrades({ trades });
  return trades.map(({ ticket }) => ticket);
}

const watch = (query: string, headers: Readonly<Record<string, string>> = {}) =>
  SseReader.open(`http://${service.http}/v1/dtms/trades:watch?${query}`, headers);

const ticketsIn = (data: string): bigint[] => {
  const frame = JSON.parse(data);
  const events: readonly { readonly ticket?: string }[] = frame.events?.events ?? [];
  return events.map(({ ticket }) => BigInt(ticket ?? 0));
};

describe('a watch', () => {
  test('goes on after a restart with what came meanwhile, and nothing twice', async () => {
    const account = 'resumed';
    const expected = await register(account, 3);
    const first = await watch(`filter.account=${account}&sendInitialState=true`);
    const names: (string | undefined)[] = [];
    while (names.at(-1) !== 'snapshotEnd') names.push((await first.next())?.event);
    expect(names).toEqual(['snapshotItem', 'snapshotItem', 'snapshotItem', 'snapshotEnd']);
    const live = await register(account, 2);
    const seen: bigint[] = [];
    while (seen.length < live.length) seen.push(...ticketsIn((await first.next())?.data ?? '{}'));
    expect(seen).toEqual(live);
    // The server says goodbye, and the id that was seen last is where to go on.
    const restarting = service.restart();
    let last: Awaited<ReturnType<SseReader['next']>>;
    for (let event = await first.next(); event !== undefined; event = await first.next()) last = event;
    expect(last?.event).toBe('error');
    expect(errorIn(JSON.parse(last?.data ?? ''))).toMatchObject({ code: 14, reason: 'SHUTTING_DOWN' });
    service = await restarting;
    const missed = await register(account, 40);
    const again = await watch(`filter.account=${account}&sendInitialState=true`, {
      'last-event-id': first.lastEventId ?? '',
    });
    onTestFinished(() => again.close());
    const resumed: bigint[] = [];
    while (resumed.length < missed.length) resumed.push(...ticketsIn((await again.next())?.data ?? '{}'));
    expect(resumed).toEqual(missed);
    expect(expected.length).toBe(3);
  });

  test('goes on from the query too, where a page cannot send a header', async () => {
    const account = 'queried';
    const one = await watch(`filter.account=${account}`);
    while (one.lastEventId === undefined) await one.next();
    one.close();
    const missed = await register(account, 2);
    const two = await watch(`filter.account=${account}&lastEventId=${encodeURIComponent(one.lastEventId)}`);
    onTestFinished(() => two.close());
    const seen: bigint[] = [];
    while (seen.length < 2) seen.push(...ticketsIn((await two.next())?.data ?? '{}'));
    expect(seen).toEqual(missed);
  });

  test('that cannot go on is an error of HTTP, so that no browser tries for ever', async () => {
    const other = await watch('', { 'last-event-id': 'another-history:1' });
    expect(other.status).toBe(400);
    const head = (await service.client.getStatus({})).logEpoch;
    const future = await fetch(`http://${service.http}/v1/dtms/trades:watch`, {
      headers: { 'last-event-id': `${head}:999999` },
    });
    expect(future.status).toBe(400);
    expect(errorIn(JSON.parse(await future.text()))).toMatchObject({
      code: 11,
      reason: 'REVISION_IN_FUTURE',
    });
  });

  test('ends for the server when its caller goes', async () => {
    const before = (await service.client.getStatus({})).watchers;
    const reader = await watch('');
    await reader.next();
    expect((await service.client.getStatus({})).watchers).toBe(before + 1n);
    reader.close();
    await expect.poll(async () => (await service.client.getStatus({})).watchers).toBe(before);
  });

  test('ends with an error when its time is over', async () => {
    const reader = await watch('', { 'x-timeout-ms': '2000' });
    let last: Awaited<ReturnType<SseReader['next']>>;
    for (let event = await reader.next(); event !== undefined; event = await reader.next()) last = event;
    expect(last?.event).toBe('error');
    expect(errorIn(JSON.parse(last?.data ?? ''))).toMatchObject({ code: 4, reason: 'DEADLINE_EXCEEDED' });
  });

  test('that nobody reads holds little, and delays nobody', async () => {
    const account = 'stalled';
    const [host = '', port = ''] = service.http.split(':');
    const stalled = connect(Number(port), host);
    onTestFinished(() => void stalled.destroy());
    stalled.on('error', () => undefined);
    await once(stalled, 'connect');
    stalled.write(`GET /v1/dtms/trades:watch?filter.account=${account} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(stalled, 'data');
    stalled.pause();
    const good = await watch(`filter.account=${account}`);
    onTestFinished(() => good.close());
    await good.next();
    const sent: bigint[] = [];
    const seen: bigint[] = [];
    for (let round = 0; round < 20; round += 1) {
      sent.push(...(await register(account, 1000)));
      while (seen.length < sent.length) seen.push(...ticketsIn((await good.next())?.data ?? '{}'));
    }
    expect(seen).toEqual(sent);
    // It was left behind: what it gets now is read from the database, after saying so.
    let text = '';
    stalled.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).slice(-4_000_000);
    });
    stalled.resume();
    await expect.poll(() => text.includes('event: fellBehind')).toBe(true);
    await expect.poll(() => text.includes(`"ticket":"${sent.at(-1)}"`)).toBe(true);
  });
});

describe('market data line by line', () => {
  const line = (sequence: number, more: object = {}) =>
    `${JSON.stringify({
      sequence: String(sequence),
      items: [{ quote: { symbol: 'LINES', time: new Date().toISOString(), bid: 1, ask: 1.5 } }],
      ...more,
    })}\n`;

  function open() {
    const [host, port] = service.http.split(':');
    const call = request({
      ...{ host, port, method: 'POST', path: '/v1/dtms/marketdata:stream' },
      headers: { 'content-type': 'application/x-ndjson' },
    });
    call.on('error', () => undefined);
    onTestFinished(() => void call.destroy());
    return call;
  }

  test('is acknowledged while it goes on', async () => {
    const call = open();
    // Half a line: the answer begins before the request has ended.
    call.write(line(1) + line(2).slice(0, 20));
    const [response] = await once(call, 'response');
    const lines: string[] = [];
    let rest = '';
    response.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
    });
    // Without the signs of life, which acknowledge nothing.
    const acknowledged = () =>
      lines
        .map((text) => JSON.parse(text))
        .flatMap(({ sequence, result }) => (result == null ? [] : [sequence]));
    await expect.poll(acknowledged).toEqual(['1']);
    call.write(`${line(2).slice(20)}\r\n\n`);
    await expect.poll(acknowledged).toEqual(['1', '2']);
    // The last line needs no end.
    call.end(line(3).trimEnd());
    await once(response, 'end');
    expect(acknowledged()).toEqual(['1', '2', '3']);
  });

  test.each([
    ['no JSON', 'nonsense\n', ['']],
    ['an unknown field', line(1, { nope: 1 }), ['nope']],
    ['a rule that is broken', line(1, { items: [] }), ['items']],
  ])('ends with an error at %s', async (_, text, fields) => {
    const call = open();
    call.write(line(7) + text);
    const [response] = await once(call, 'response');
    let body = '';
    response.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    await once(response, 'end');
    const frames = body
      .trim()
      .split('\n')
      .map((frame) => JSON.parse(frame));
    // What came before it may be acknowledged or not, as over gRPC.
    expect(frames[0]).toMatchObject({ sequence: '0' });
    expect(errorIn(frames.at(-1))).toMatchObject({ code: 3, fields });
  });
});
