// Where a server may run without keys, and how it stops doing so.
import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { Scope } from '../../../../gen/ts/dtms/v1/access.js';
import { AccessPolicyError } from '../../../../src/access/policy.js';
import { startApp } from '../../../../src/app.js';
import { DtmsClient } from '../../../../src/client/index.js';
import { loadConfig } from '../../../../src/config/config.js';
import { createLogger } from '../../../../src/observability/logger.js';
import { startService } from '../../../support/app.js';
import { eventually } from '../../../support/eventually.js';
import { DatabaseKeys } from '../../../support/keys.js';
import { createDatabase } from '../../../support/postgres.js';

test('a server that other machines reach does not start without a key', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const config = loadConfig({
    env: {},
    overrides: { grpc: { host: '0.0.0.0', port: 0 }, database: { url: database.url } },
  });
  const starting = startApp(config, createLogger('silent'));
  await expect(starting).rejects.toThrow(AccessPolicyError);
  await expect(starting).rejects.toThrow('dtms keys create --name operator --scope admin,register,manage');
});

test('one on loopback runs open, and needs keys as soon as there is one', async () => {
  const service = await startService();
  const keys = new DatabaseKeys(service.databaseUrl);
  const plain = new DtmsClient({ address: service.address, defaults: { retryMs: 0 } });
  onTestFinished(async () => {
    plain.close();
    await keys.close();
    await service.end();
  });
  await plain.getStatus({});
  const made = await keys.make([Scope.READ]);
  await eventually(() => expect(plain.getStatus({})).rejects.toMatchObject({ code: status.UNAUTHENTICATED }));
  const known = new DtmsClient({ address: service.address, apiKey: made.text });
  onTestFinished(() => known.close());
  await known.getStatus({});
  // The last key's end is no invitation.
  await keys.revoke(made);
  await expect(plain.getStatus({})).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  const again = await service.restart();
  onTestFinished(() => again.end());
  const later = new DtmsClient({ address: again.address, defaults: { retryMs: 0 } });
  onTestFinished(() => later.close());
  await expect(later.getStatus({})).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
});
