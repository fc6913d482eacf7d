// Every method that changes something leaves a trace with the id or the name of the key that called it. Which methods there are is
// read from the protos: a new one is audited, or says here why it is not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MethodClass } from '../../gen/ts/dtms/v1/access.js';
import type { MadeKey } from '../../src/commands/keys.js';
import { SCOPES } from '../../src/contract/scopes.js';
import { startService, type TestService } from '../support/app.js';
import { CONTRACT } from '../support/grpc.js';
import { DatabaseKeys } from '../support/keys.js';
import { preparations } from '../support/parity.js';
import { execute } from '../support/postgres.js';
import { METHODS, pathOf, Rest } from '../support/rest.js';

/**
 * Methods without an audit of their own. `event`: what it does is an event of the trade, which names the key. A sentence: what
 * else is kept of it.
 */
const NOT_AUDITED: Readonly<Record<string, string>> = {
  RegisterTrade: 'event',
  BatchRegisterTrades: 'event',
  UpdateTrade: 'event',
  CloseTrade: 'event',
  PauseTrade: 'event',
  ResumeTrade: 'event',
  BeginAction: 'event',
  ReportAction: 'event',
  LeaseActions: 'event',
  AcquireModification: 'event',
  CommitModification: 'event',
  ReleaseModification: 'event',
  ExtendLease: 'a lease lasts longer: its end is an event',
  ReconcilePositions: 'what it proves is events of the trades',
  ReportAccount: 'a heartbeat; trips and ends of rails are audited',
  PushMarketData: 'prices are kept, and what is refused is counted',
  StreamMarketData: 'prices are kept, and what is refused is counted',
  WatchTrades: 'it reads',
  MoveLeader:
    'audited before it begins (test/contract/cluster/leader-move.test.ts); here there is nobody to move it to',
};

const CHANGES = METHODS.filter(
  (method) => CONTRACT.methods.get(pathOf(method))?.access?.methodClass !== MethodClass.QUERY,
);

let service: TestService;
let keys: DatabaseKeys;
let key: MadeKey;
beforeAll(async () => {
  service = await startService({ access: { mode: 'open' }, limits: { mode: 'off' } });
  keys = new DatabaseKeys(service.databaseUrl);
  key = await keys.make(SCOPES, [], 'auditee');
});
afterAll(async () => {
  await keys.close();
  await service.end();
});

const { goodRequest } = preparations(() => service);

/** What the key's call of a method left behind. */
async function traces(name: string) {
  const method = CHANGES.find((each) => each.name === name) ?? expect.fail(`there is no ${name}`);
  const account = `audit-${name}`;
  const request = await goodRequest(method, account);
  // Its example is of a trade that goes on, which would change nothing.
  if (name === 'ResumeTrade')
    await service.client.pauseTrade({ account, ticket: BigInt(String(request.ticket)) });
  const headers = { authorization: `Bearer ${key.text}` };
  const { status, body } = await new Rest(service.http).call(method, request, headers);
  expect(status, JSON.stringify(body)).toBe(200);
  const count = async (query: string, values: readonly unknown[]) =>
    Number((await execute(service.databaseUrl, query, [...values])).rows[0].count);
  return {
    audits: await count(
      'SELECT count(*) FROM audit_events WHERE method = $1 AND actor_id = $2 AND actor = $3',
      [pathOf(method), key.key.keyId, key.key.name],
    ),
    events: await count('SELECT count(*) FROM events WHERE account = $1 AND actor = $2', [
      account,
      key.key.name,
    ]),
  };
}

describe('every method that changes something', () => {
  const audited = CHANGES.map(({ name }) => name).filter((name) => NOT_AUDITED[name] === undefined);

  test.each(audited)('%s is audited with the id of its key', async (name) => {
    expect((await traces(name)).audits).toBe(1);
  });

  const events = Object.keys(NOT_AUDITED).filter((name) => NOT_AUDITED[name] === 'event');
  test.each(events)('%s is an event that names its key', async (name) => {
    expect((await traces(name)).events).toBeGreaterThan(0);
  });

  test('is one of these, and the list names no other', () => {
    const names = CHANGES.map(({ name }) => name);
    expect(Object.keys(NOT_AUDITED).filter((name) => !names.includes(name))).toEqual([]);
    expect(audited.length).toBeGreaterThan(15);
  });
});
