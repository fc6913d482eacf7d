// A client of three real servers, each of which is stopped in its turn and replaced: calls, a watch and a bridge's loop go on
// at the others. Nothing is missed, nothing is told or done twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ActionStatus, Direction, DtmsClient, type TradeEvent } from '../../../src/client/index.js';
import { eventually, until } from '../../support/eventually.js';
import { TestServers } from '../../support/servers.js';

const ACCOUNT = 'moving';
/** Actions done before each stop, and after the last: without traffic it shows nothing. */
const LEAST = 10;

let servers: TestServers;
let client: DtmsClient;
beforeAll(async () => {
  servers = await TestServers.start(3, { limits: { mode: 'off' }, watch: { bookmarkMs: 200 } });
  client = new DtmsClient({
    address: servers.apps.map(({ grpcAddress }) => grpcAddress),
    defaults: { retryMs: 30_000 },
    breaker: 'off',
  });
});
afterAll(async () => {
  client?.close();
  await servers?.end();
});

async function logOf(): Promise<TradeEvent[]> {
  const events: TradeEvent[] = [];
  let pageToken = '';
  do {
    const page = await client.listTradeEvents({ filter: { account: ACCOUNT }, pageSize: 1000, pageToken });
    events.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return events;
}

/** Runs until it is told to end; what it throws fails the test. */
function repeated(
  signal: AbortSignal,
  step: (turn: number) => Promise<unknown>,
  pauseMs: number,
): Promise<void> {
  return (async () => {
    for (let turn = 1; !signal.aborted; turn += 1) {
      await step(turn);
      await sleep(pauseMs);
    }
  })();
}

const beat = () =>
  client.reportAccount({
    ...{ account: ACCOUNT, bridgeId: 'b1', connected: true, tradeAllowed: true },
    ...{ equity: 1000, balance: 1000 },
  });

/** Registers a trade and has its position closed; answers the actions that were planned. */
async function ordered(ticket: bigint): Promise<string[]> {
  const trade = { account: ACCOUNT, ticket, symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1.1 };
  await client.registerTrade({ trade: { ...trade, volume: 1, stopLoss: 1 } });
  const order = { account: ACCOUNT, tickets: [ticket], by: 'ann', reason: 'test' };
  return (await client.closePosition(order)).closes.map(({ actionId }) => actionId);
}

/** Watches the account from now on: what it is told of, and each break. */
async function watch(signal: AbortSignal) {
  const { logEpoch, headRevision } = await client.getStatus({});
  const [told, breaks]: [bigint[], Error[]] = [[], []];
  const resumeAfter = { logEpoch, revision: headRevision };
  const onBreak = (error: Error) => breaks.push(error);
  const watching = (async () => {
    for await (const message of client.watchTrades({
      filter: { account: ACCOUNT },
      resumeAfter,
      signal,
      onBreak,
    }))
      if (message.$case === 'events') told.push(...message.value.events.map(({ revision }) => revision));
  })();
  return { told, breaks, watching };
}

test('calls, a watch and leases go on while each server is stopped in turn', async () => {
  const over = new AbortController();
  const watched = new AbortController();
  await beat();
  const { told, breaks, watching } = await watch(watched.signal);
  const orders = new Map<string, number>();
  let done = 0;
  const working = (async () => {
    for await (const lease of client.leases({ account: ACCOUNT, bridgeId: 'b1', signal: watched.signal })) {
      if (!(await lease.begin())) continue;
      const { actionId = '', volume } = lease.action.action ?? {};
      orders.set(actionId, (orders.get(actionId) ?? 0) + 1);
      const dealTicket = BigInt(orders.size);
      if (await lease.report({ code: 10009, price: 1.1, volume, dealTicket })) done += 1;
    }
  })();
  const planned: string[] = [];
  const writing = repeated(
    over.signal,
    async (turn) => {
      planned.push(...(await ordered(BigInt(turn))));
    },
    10,
  );
  const beating = repeated(over.signal, beat, 500);
  const more = async () => {
    const enough = done + LEAST;
    await until('actions are done', () => done >= enough);
  };
  for (const app of [...servers.apps]) {
    await more();
    await servers.replace(app);
  }
  await more();
  over.abort();
  await Promise.all([writing, beating]);
  await until('all is done', () => done >= planned.length);
  const log = await logOf();
  await eventually(() => expect(told.at(-1)).toBe(log.at(-1)?.revision));
  watched.abort();
  await Promise.all([watching, working]);

  expect(told).toEqual(log.map(({ revision }) => revision));
  expect([...orders.keys()].sort()).toEqual([...planned].sort());
  expect([...orders.values()].filter((count) => count !== 1)).toEqual([]);
  const { actions } = await client.listActions({ account: ACCOUNT, pageSize: 1000 });
  expect(actions.filter(({ action }) => action?.status !== ActionStatus.DONE)).toEqual([]);
  // Void when the watch was never broken.
  expect(breaks.length).toBeGreaterThan(0);
});
