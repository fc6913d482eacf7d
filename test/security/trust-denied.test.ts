// Calls that are denied are on record: the first of a kind at once, and how many followed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { Denials } from '../../src/access/denials.js';
import { DtmsClient } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import type { Audit } from '../../src/store/types.js';
import { startService, type TestService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { DatabaseKeys } from '../support/keys.js';
import { execute } from '../support/postgres.js';

const DENIAL = { actor: 'r', actorId: 'k1', method: '/m', account: '', reason: 'PERMISSION_DENIED' };

function recorded() {
  const rows: Audit[] = [];
  const add = (audit: Audit) => Promise.resolve(void rows.push(audit));
  return { rows, denials: new Denials({ add }, createLogger('silent')) };
}

describe('denials', () => {
  test('of one kind are recorded at once and then counted', async () => {
    const { rows, denials } = recorded();
    for (let call = 0; call < 1000; call += 1) denials.take(DENIAL);
    await denials.stop();
    expect(rows.map(({ detail }) => detail)).toEqual([
      { denied: 'PERMISSION_DENIED', calls: 1 },
      { denied: 'PERMISSION_DENIED', calls: 999 },
    ]);
  });

  test('of more kinds than are told apart are counted together', async () => {
    const { rows, denials } = recorded();
    for (let caller = 0; caller < 10_000; caller += 1) denials.take({ ...DENIAL, actorId: `a${caller}` });
    await denials.stop();
    expect(rows).toHaveLength(201);
    expect(rows.reduce((sum, { detail }) => sum + Number(detail.calls), 0)).toBe(10_000);
  });
});

describe('a server with keys', () => {
  let service: TestService;
  let keys: DatabaseKeys;
  beforeAll(async () => {
    service = await startService({ access: { mode: 'required' } });
    keys = new DatabaseKeys(service.databaseUrl);
  });
  afterAll(async () => {
    await keys.close();
    await service.end();
  });

  async function call(apiKey?: string): Promise<void> {
    const client = new DtmsClient({ address: service.address, apiKey, defaults: { retryMs: 0 } });
    await client.getTrade({ account: 'theirs', ticket: 1n }).then(
      () => undefined,
      () => undefined,
    );
    client.close();
  }

  test('records who was denied what', async () => {
    const bare = await keys.make([Scope.REGISTER], [], 'bare');
    const limited = await keys.make([Scope.READ], ['mine'], 'limited');
    const wrong = limited.text.replace(/.{8}$/, 'aaaaaaaa');
    for (const text of [undefined, wrong, bare.text, limited.text]) await call(text);
    const method = '/dtms.v1.TradeService/GetTrade';
    await eventually(async () => {
      const { rows } = await execute(
        service.databaseUrl,
        'SELECT actor, actor_id, account, detail FROM audit_events WHERE method = $1 ORDER BY id',
        [method],
      );
      expect(rows).toEqual([
        { actor: '', actor_id: '127.0.0.1', account: '', detail: { denied: 'UNAUTHENTICATED', calls: 1 } },
        {
          ...{ actor: 'bare', actor_id: bare.key.keyId, account: '' },
          detail: { denied: 'PERMISSION_DENIED', calls: 1 },
        },
        {
          ...{ actor: 'limited', actor_id: limited.key.keyId, account: 'theirs' },
          detail: { denied: 'PERMISSION_DENIED', calls: 1 },
        },
      ]);
    });
  });
});
