// What is asked about an account that nobody knows is refused: zeros of a mistyped name would be comfort. An account is known by
// whatever names it, and by one alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MarginMode } from '../../../../gen/ts/dtms/v1/account_service.js';
import { CloseReason, DtmsClient, ErrorReason, Scope } from '../../../../src/client/index.js';
import { DEFAULT_POLICY } from '../../../../src/domain/trade/policy-ref.js';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { dtmsHere } from '../../../support/cli-call.js';
import { execute } from '../../../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, beat, register, failure } = accountCalls(() => service);

/** Every question that sums up what is known of an account. */
const QUESTIONS: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
  GetRisk: (name) => service.client.getRisk({ account: name }),
  GetExposure: (name) => service.client.getExposure({ account: name }),
  GetAccountResult: (name) => service.client.getAccountResult({ account: name }),
  ListDailyResults: (name) => service.client.listDailyResults({ account: name }),
  SumResults: (name) => service.client.sumResults({ account: name }),
  ListStateHistory: (name) => service.client.listStateHistory({ account: name }),
  GetEffect: (name) => service.client.getEffect({ filter: { account: name } }),
  PreviewPolicy: (name) => service.client.previewPolicy({ account: name, name: DEFAULT_POLICY.name }),
};

/** What alone makes an account known. */
const NAMED_BY: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
  'an open trade': (name) => register(name, 1n),
  'a closed trade': async (name) => {
    await register(name, 1n);
    await service.client.closeTrade({
      account: name,
      ticket: 1n,
      reason: CloseReason.REQUESTED,
      closePrice: 101,
    });
  },
  'a heartbeat': (name) => beat(name),
  'its terms': (name) => service.client.upsertAccount({ account: name, marginMode: MarginMode.HEDGING }),
  "an instrument's terms": (name) =>
    service.client.upsertInstruments({
      instruments: [
        {
          account: name,
          symbol: 'EURUSD',
          tickSize: 0.00001,
          volumeMin: 0.01,
          volumeStep: 0.01,
          volumeMax: 10,
          contractSize: 100_000,
        },
      ],
    }),
  'a recorded result': (name) =>
    execute(
      service.databaseUrl,
      `INSERT INTO realised_results (revision, leg, account, ticket, symbol, body)
       VALUES (1000000, 'HEDGE', $1, 1, 'EURUSD', '{"currency":"USD","profit":"1.00"}')`,
      [name],
    ),
};

it.each(Object.keys(QUESTIONS))('%s of an account nobody named is refused', async (question) => {
  const [name, constructed] = [account(), 'toString'];
  for (const asked of [name, constructed]) {
    const { reason, metadata } = (await failure(QUESTIONS[question]?.(asked) ?? Promise.resolve())).report;
    expect([reason, metadata.account]).toEqual([ErrorReason.ACCOUNT_NOT_FOUND, asked]);
  }
});

describe.each(Object.keys(NAMED_BY))('an account named by nothing but %s', (way) => {
  it('is known to every question', async () => {
    const name = account();
    await NAMED_BY[way]?.(name);
    for (const question of Object.values(QUESTIONS)) await question(name);
  });
});

it('is told over REST as what it is', async () => {
  for (const what of ['risk', 'exposure', 'result', 'dailyResults']) {
    const answer = await fetch(`http://${service.http}/v1/dtms/accounts/nobody/${what}`);
    expect([what, answer.status]).toEqual([what, 404]);
    expect(await answer.text()).toContain('ACCOUNT_NOT_FOUND');
  }
});

it('is told by the command line in one sentence', async () => {
  const server = ['--server', service.address];
  for (const of of [
    ['accounts', 'show'],
    ['accounts', 'exposure'],
    ['results', 'account'],
    ['results', 'days'],
  ]) {
    const { code, out, err } = await dtmsHere([...of, 'nobody', ...server]);
    expect([out, err.trim().split('\n').length, code === 0], of.join(' ')).toEqual(['', 1, false]);
    expect(err).toContain('nothing is known of account nobody');
  }
});

// Last: with the first key every call needs one.
it('an account named by nothing but a key is known to every question, until the key is revoked', async () => {
  const { consoleToken } = service;
  const name = account();
  const keyed = (apiKey: string) => new DtmsClient({ address: service.address, apiKey });
  const first = await service.client.createApiKey({ name: 'admin', scopes: [Scope.ADMIN], consoleToken });
  const admin = keyed(first.secret);
  const { key, secret } = await admin.createApiKey({
    name: 'of-one',
    scopes: [Scope.READ],
    accounts: [name],
  });
  const its = keyed(secret);
  try {
    expect((await its.getRisk({ account: name }))?.risk?.account).toBe(name);
    expect((await admin.getExposure({ account: name }))?.symbols).toEqual([]);
    await admin.revokeApiKey({ keyId: key?.keyId ?? '' });
    const error = await failure(admin.getExposure({ account: name }));
    expect(error.report?.reason).toBe(ErrorReason.ACCOUNT_NOT_FOUND);
  } finally {
    for (const each of [its, admin]) each.close();
  }
});
