// A stream of market data says that it is alive while one of its requests is applied, however long that takes.
import { expect, test } from 'vitest';
import { StreamMarketDataRequest } from '../../../gen/ts/dtms/v1/market_data_service.js';
import type { Pushed } from '../../../src/commands/push-market-data.js';
import { acknowledged } from '../../../src/rpc/market-stream.js';

const PUSHED: Pushed = {
  ...{ accepted: 1, duplicates: 0, corrections: 0, confirmed: 0, dropped: 0, held: [] },
  ...{ events: 0, rejected: [], revision: 1 },
  durable: Promise.resolve(),
};
const ALIVE = { sequence: 0n, result: undefined, window: 64 };

async function* requests(...sequences: bigint[]) {
  for (const sequence of sequences) yield StreamMarketDataRequest.fromPartial({ sequence });
}

test('while a request is applied its caller hears of it, and the next is not applied before', async () => {
  const waiting: ((pushed: Pushed) => void)[] = [];
  const push = () => new Promise<Pushed>((resolve) => waiting.push(resolve));
  const stream = acknowledged(requests(1n, 2n), push, 1);
  for (let message = 0; message < 4; message += 1) expect((await stream.next()).value).toEqual(ALIVE);
  expect(waiting).toHaveLength(1);
  waiting[0]?.(PUSHED);
  const answers: bigint[] = [];
  for await (const { sequence, result } of stream) {
    if (result !== undefined) answers.push(sequence);
    waiting[1]?.(PUSHED);
  }
  expect(answers).toEqual([1n, 2n]);
});

test('a request that fails ends the stream with its error', async () => {
  const push = () => Promise.reject(new Error('no room'));
  const stream = acknowledged(requests(1n, 2n), push, 60_000);
  expect((await stream.next()).value).toEqual(ALIVE);
  await expect(stream.next()).rejects.toThrow('no room');
});
