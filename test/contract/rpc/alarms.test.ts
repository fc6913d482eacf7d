// ListAlarms and the mode of accounts over real sockets and a real Postgres: an alarm comes with its cause and goes with
// it, any server tells the same, and an account that a broker's bridge reports for the first time is only observed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccountKind, AccountMode } from '../../../gen/ts/dtms/v1/account_service.js';
import { Resolution } from '../../../gen/ts/dtms/v1/action_service.js';
import { AlarmKind, AlarmUrgency } from '../../../gen/ts/dtms/v1/system_service.js';
import { ActionOutcome, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { DtmsClient, Timeframe, TradingState } from '../../../src/client/index.js';
import { actionCalls } from '../../support/action-calls.js';
import type { TestService } from '../../support/app.js';
import { until } from '../../support/eventually.js';
import { LiveAccount } from '../../support/live-account.js';
import { TestServers } from '../../support/servers.js';

let servers: TestServers;
let client: DtmsClient;
let follower: DtmsClient;
beforeAll(async () => {
  servers = await TestServers.start(2, { rules: { actions: { newAccounts: 'observe' } } });
  client = new DtmsClient({ address: servers.apps[0]?.grpcAddress ?? '' });
  follower = new DtmsClient({ address: servers.apps[1]?.grpcAddress ?? '' });
});
afterAll(async () => {
  client.close();
  follower.close();
  await servers.end();
});

const calls = actionCalls((): Pick<TestService, 'client'> => ({ client }));
const by = { by: 'ann', reason: 'a test' };
/** The kinds about an account, or about its feed of the same name. */
async function kindsOf(account: string, asked = client): Promise<string[]> {
  const { alarms } = await asked.listAlarms({});
  const about = alarms.filter((alarm) => [alarm.account, alarm.feed].includes(account));
  return about.map(({ kind }) => AlarmKind[kind]).sort();
}
const shown = (account: string, ...kinds: readonly string[]) =>
  until(
    `the alarms of ${account} are ${kinds}`,
    async () => String(await kindsOf(account)) === String(kinds),
  );

it('alarms come with their causes and go with them, and every server tells the same', async () => {
  const account = calls.account();
  await client.registerTrade({
    trade: { account, ticket: 1n, symbol: 'BTCUSD', direction: 1, entryPrice: 100, volume: 1, feed: account },
  });
  await shown(account, 'DATA_STALE', 'NO_BRIDGE');
  expect(await kindsOf(account, follower)).toEqual(['DATA_STALE', 'NO_BRIDGE']);
  const { alarms } = await client.listAlarms({});
  expect(alarms.find((alarm) => alarm.account === account)).toMatchObject({
    urgency: AlarmUrgency.NOW,
    alert: 'DtmsNoBridge',
    count: 1n,
    command: `dtms accounts show ${account}`,
  });

  const openTime = new Date(Math.floor(Date.now() / 300_000 - 1) * 300_000);
  const bar = {
    symbol: 'BTCUSD',
    timeframe: Timeframe.M5,
    openTime,
    open: 100,
    high: 101,
    low: 99,
    close: 100,
  };
  await client.pushMarketData({ feed: account, items: [{ data: { $case: 'bar', value: bar } }] });
  await shown(account, 'NO_BRIDGE');
  await calls.beat(account);
  await shown(account, 'OBSERVING');
  await client.setAccountMode({ account, mode: AccountMode.ENFORCE, ...by });
  await shown(account);
  await client.setTradingState({ account, state: TradingState.HALTED, ...by });
  await shown(account, 'HALTED');
  await client.setTradingState({ account, state: TradingState.ACTIVE, ...by });
  await calls.beat(account, 'b1', { connected: false });
  await shown(account, 'NO_BRIDGE');
  await client.closeTrade({ account, ticket: 1n });
  await shown(account);
});

it('an order in doubt and a dead letter are alarms until somebody settles them', async () => {
  const account = await calls.troubled(2, []);
  await calls.beat(account, 'b1', { kind: AccountKind.PAPER });
  const [first, second] = await calls.lease(account);
  if (first === undefined || second === undefined) throw new Error('nothing was leased');
  await calls.begin(first);
  await calls.report(first, ActionOutcome.UNKNOWN);
  await calls.begin(second);
  await calls.report(second, ActionOutcome.REJECTED, { code: 10017 });
  await shown(account, 'ACTION_IN_DOUBT', 'DEAD_LETTERS');
  const { actionId } = calls.held(first);
  const { alarms } = await client.listAlarms({});
  expect(alarms.find((alarm) => alarm.account === account)).toMatchObject({ actionId, ticket: 1n });
  await client.resolveAction({ actionId, resolution: Resolution.GIVE_UP, ...by });
  await client.replayAction({ actionId: calls.held(second).actionId, ...by });
  await shown(account);
});

it('a new account of a broker is only observed: what DTMS had decided expires, a person says enforce, on record', async () => {
  const account = calls.account();
  await new LiveAccount(client, account, 1).plan(TradeState.WARNING_L1);
  await calls.beat(account);
  const risk = async () => (await client.getRisk({ account })).risk;
  expect(await risk()).toMatchObject({
    mode: AccountMode.OBSERVE,
    modeReason: expect.stringContaining('new'),
  });
  expect(await calls.beat(account)).toMatchObject({ ready: true, mode: AccountMode.OBSERVE });
  expect(await calls.lease(account)).toEqual([]);
  await until('it expired', async () => (await calls.steps(account)).at(-1) === 'PENDING>EXPIRED');
  // A person's own order goes out all the same.
  await client.closePosition({ account, tickets: [1n], ...by });
  expect(await calls.lease(account)).toHaveLength(1);

  await client.setAccountMode({ account, mode: AccountMode.ENFORCE, ...by });
  expect(await calls.beat(account)).toMatchObject({ mode: AccountMode.ENFORCE });
  const { events } = await client.listAuditEvents({ account });
  const set = events.find(({ method }) => method.endsWith('SetAccountMode'));
  expect(set?.detail).toMatchObject({ ...by, before: { mode: 'observe' }, after: { mode: 'enforce' } });
});

it.each([
  ['a paper account', { kind: AccountKind.PAPER }],
  ['a demo account of a broker', { kind: AccountKind.REAL, demo: true }],
])('%s is defended from the start', async (_what, more) => {
  const account = calls.account();
  expect(await calls.beat(account, 'b1', more)).toMatchObject({ mode: AccountMode.ENFORCE });
});
