// The living market of `dtms demo` against the real service, far faster than it is shown: what is promised of it is there, and
// its books agree with what DTMS says of it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AlarmKind } from '../../../gen/ts/dtms/v1/system_service.js';
import { live } from '../../../src/cli/demo/living.js';
import { ContractSource, TradeState } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';

let service: TestService;
let ended = new AbortController();
let playing: Promise<void>;

beforeAll(async () => {
  service = await startService();
  playing = live(service.client, { seed: 59, speed: 12_000 }, ended.signal);
});
afterAll(async () => {
  ended.abort();
  await playing;
  await service.end();
});

it('has one trade hedged, one order in doubt and one dead letter before long, and trades that have closed', async () => {
  const seen = new Set<string>();
  await eventually(async () => {
    const { alarms } = await service.client.listAlarms({});
    for (const { kind } of alarms) seen.add(AlarmKind[kind]);
    const { trades } = await service.client.listTrades({ filter: { states: [TradeState.HEDGED] } });
    if (trades.length > 0) seen.add('HEDGED');
    const { results } = await service.client.listTradeResults({ filter: { states: [TradeState.CLOSED] } });
    if (results.length > 0) seen.add('CLOSED');
    expect([...seen]).toEqual(
      expect.arrayContaining(['HEDGED', 'ACTION_IN_DOUBT', 'DEAD_LETTERS', 'CLOSED']),
    );
  });
});

it('is in real lots: every result is known, in dollars, by contracts that were told', async () => {
  const { results } = await service.client.listTradeResults({ filter: {} });
  expect(new Set(results.map(({ symbol }) => symbol)).size).toBe(3);
  for (const { currency, contractSource, contractSize, symbol } of results) {
    const told = { currency, contractSource, contractSize };
    const size = symbol === 'XAUUSD' ? 100 : 1;
    expect(told).toEqual({ currency: 'USD', contractSource: ContractSource.GIVEN, contractSize: size });
  }
  for (const account of ['growth', 'income']) {
    const { risk } = await service.client.getRisk({ account });
    expect(risk).toMatchObject({ currency: 'USD', openRiskUnknown: 0 });
    // As much as a few trades of a thousandth of the account each may lose.
    expect(risk?.openRisk).toBeLessThan((risk?.balance ?? 0) * 0.02);
    expect(risk?.openRisk).toBeGreaterThan(0);
  }
  const { groups } = await service.client.sumResults({ by: [3] });
  expect(groups.map(({ policy }) => policy)).toEqual(['dtms', 'patient']);
});

it('goes on with its trades and their hedges when it is started again', async () => {
  const { client } = service;
  const active = async () => (await client.listTrades({ filter: {} })).trades;
  await eventually(async () => {
    expect((await active()).filter(({ hedge }) => hedge !== undefined)).not.toEqual([]);
  });
  ended.abort();
  await playing;
  const key = ({ account, ticket }: { account: string; ticket: bigint }) => `${account} ${ticket}`;
  const left = new Set((await active()).map(key));
  const { headRevision: afterRevision } = await client.getStatus({});
  const reconciled = async () =>
    (await client.listAccounts({})).accounts.map(({ reconciledAt }) => reconciledAt?.getTime() ?? 0);
  const before = Math.max(...(await reconciled()));
  ended = new AbortController();
  playing = live(client, { seed: 59, speed: 60 }, ended.signal);
  await eventually(async () => {
    for (const at of await reconciled()) expect(at).toBeGreaterThan(before);
  });
  expect((await active()).map(key).filter((each) => left.has(each))).not.toEqual([]);
  const { events } = await client.listTradeEvents({ afterRevision, pageSize: 1_000 });
  expect(events.flatMap(({ change }) => (change?.$case === 'reconciled' ? [change.value] : []))).toEqual([]);
});
