// What an administrator of some accounts can do to the log: T19 of the trust issue.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { LogLevel } from '../../gen/ts/dtms/v1/system_service.js';
import { DtmsClient, ErrorReason } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { startService, type TestService } from '../support/app.js';
import { DatabaseKeys } from '../support/keys.js';

const lines: Record<string, unknown>[] = [];
let service: TestService;
let keys: DatabaseKeys;
let limited: DtmsClient;
let other: DtmsClient;
beforeAll(async () => {
  const logger = createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) });
  service = await startService({ access: { mode: 'required' } }, logger);
  keys = new DatabaseKeys(service.databaseUrl);
  const client = async (name: string, accounts: readonly string[]) =>
    new DtmsClient({
      address: service.address,
      apiKey: (await keys.make([Scope.ADMIN], accounts, name)).text,
      defaults: { retryMs: 0 },
    });
  limited = await client('limited', ['a', 'b']);
  other = await client('other', ['a', 'c']);
});
afterAll(async () => {
  limited.close();
  other.close();
  await keys.close();
  await service.end();
});

/** Lines of finished calls of a key since they were last asked for. */
function finished(caller: string): readonly unknown[] {
  return lines
    .splice(0)
    .filter((line) => line.message === 'call finished' && line.caller === caller)
    .map(({ severity }) => severity);
}

// The whole server was silent for good.
test.each([0, 3601, 86_400])('sets no level for %i s', async (durationSeconds) => {
  const attempt = limited.setLogLevel({ level: LogLevel.CRITICAL, durationSeconds });
  await expect(attempt).rejects.toMatchObject({ report: { reason: ErrorReason.INVALID_FIELD } });
});

test('silences nobody, itself included', async () => {
  await limited.setLogLevel({ level: LogLevel.CRITICAL, durationSeconds: 60 });
  lines.splice(0);
  await limited.getTrade({ account: 'b', ticket: 1n }).catch(() => undefined);
  expect(finished('limited')).toEqual(['INFO']);
  await other.getTrade({ account: 'c', ticket: 1n }).catch(() => undefined);
  expect(finished('other')).toEqual(['INFO']);
});

test('sees more of its own accounts alone', async () => {
  const { until } = await limited.setLogLevel({ level: LogLevel.DEBUG, durationSeconds: 60 });
  expect(until?.getTime()).toBeGreaterThan(Date.now());
  lines.splice(0);
  await limited.getStatus({});
  expect(finished('limited')).toEqual(['DEBUG']);
  await other.getStatus({});
  expect(finished('other')).toEqual([]);
});

test('is on record with what it set', async () => {
  const whole = new DtmsClient({
    address: service.address,
    apiKey: (await keys.make([Scope.ADMIN], [], 'whole')).text,
  });
  const { events } = await whole.listAuditEvents({ method: '/dtms.v1.SystemService/SetLogLevel' });
  whole.close();
  expect(events.map(({ actor, detail }) => [actor, detail?.level])).toEqual([
    ['limited', 'fatal'],
    ['limited', 'debug'],
  ]);
});
