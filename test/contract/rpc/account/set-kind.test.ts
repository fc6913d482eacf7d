// SetAccountKind over real sockets and a real Postgres: a real account becomes a paper one by a person's word alone.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccountKind, TradingState } from '../../../../gen/ts/dtms/v1/account_service.js';
import { FeedKind } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import { ErrorReason } from '../../../../src/client/index.js';
import { accountCalls, at } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { execute } from '../../../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, beat, risk, register, failure } = accountCalls(() => service);
const { REAL, PAPER } = AccountKind;
const DECISION = { by: 'ann', reason: 'its bridge was of an old version' };
const setKind = (name: string, kind: AccountKind) =>
  service.client.setAccountKind({ account: name, kind, ...DECISION });
const kindOf = async (name: string) => (await risk(name))?.kind;

/** The account's real bridge was not heard for long. */
async function silence(name: string): Promise<void> {
  const body = `jsonb_set(body::jsonb, '{bridges,mt5-1,seenAt}', '0')::json`;
  await execute(service.databaseUrl, `UPDATE accounts SET body = ${body} WHERE account = $1`, [name]);
  service = await service.restart();
}

it('a real account becomes a paper one, on record, with its money measured anew and its rails as they were', async () => {
  const name = account();
  await beat(name, { kind: REAL, tellsOperations: true });
  const refused = await failure(setKind(name, PAPER));
  expect(refused.report).toMatchObject({
    reason: ErrorReason.ACCOUNT_IS_REAL,
    metadata: { bridge_id: 'mt5-1' },
  });
  await beat(name, { kind: REAL, equity: 9_700, tellsOperations: true, reportedAt: at(5) });
  await silence(name);
  // No heartbeat does it.
  await beat(name, { kind: PAPER, bridgeId: 'paper', equity: 500, balance: 500 });
  expect(await risk(name)).toMatchObject({ kind: REAL, equity: 9_700 });

  await setKind(name, PAPER);
  expect(await risk(name)).toMatchObject({ kind: PAPER, equity: undefined, operationsTold: false });
  await beat(name, { kind: PAPER, bridgeId: 'paper', equity: 500, balance: 500 });
  const [daily] = (await risk(name))?.rails ?? [];
  expect(await risk(name)).toMatchObject({ equity: 500, tradingState: TradingState.REDUCING });
  expect(daily).toMatchObject({ value: 0, trippedAt: expect.any(Date) });
  const { events } = await service.client.listAuditEvents({ account: name });
  expect(events.at(-1)).toMatchObject({
    method: '/dtms.v1.AccountService/SetAccountKind',
    detail: { ...DECISION, before: { kind: 'REAL' }, after: { kind: 'PAPER' } },
  });
  // It is real again with the first heartbeat that says so.
  await beat(name, { kind: REAL, bridgeId: 'mt5-2' });
  expect(await kindOf(name)).toBe(REAL);
});

it('a paper account whose trades follow a recording does not become a real one', async () => {
  const name = account();
  await service.client.upsertFeed({ feed: 'tape', kind: FeedKind.RECORDED });
  await register(name, 1n, { feed: 'tape' });
  await beat(name, { kind: PAPER });
  expect((await failure(setKind(name, REAL))).report?.reason).toBe(ErrorReason.FEED_IN_USE);
  expect(await kindOf(name)).toBe(PAPER);
});

it.each([
  ['no reason', { kind: PAPER, by: 'ann', reason: '' }],
  ['no kind', { kind: AccountKind.UNSPECIFIED, by: 'ann', reason: 'x' }],
])('refuses %s', async (_what, told) => {
  const error = await failure(service.client.setAccountKind({ account: account(), ...told }));
  expect(error.report?.reason).toBe(ErrorReason.INVALID_FIELD);
});

it('an audit is followed by its number: nothing is missed, and nothing comes twice', async () => {
  const name = account();
  const seen: string[] = [];
  let after = 0n;
  const follow = async () => {
    const { events } = await service.client.listAuditEvents({
      account: name,
      afterAuditId: after,
      pageSize: 1000,
    });
    for (const { auditId, method } of events) {
      after = auditId;
      seen.push(method.split('/')[2] ?? method);
    }
  };
  await follow();
  await beat(name, { tellsOperations: true });
  await beat(name, { equity: 9_700, tellsOperations: true, reportedAt: at(5) });
  await follow();
  await service.client.setTradingState({
    account: name,
    state: TradingState.ACTIVE,
    by: 'ann',
    reason: 'checked',
  });
  await follow();
  await follow();
  expect(seen).toEqual(['rails', 'rails', 'SetTradingState', 'rails', 'rails']);
  const beyond = await service.client.listAuditEvents({ account: name, afterAuditId: 2n ** 63n - 1n });
  expect(beyond.events).toEqual([]);
});
