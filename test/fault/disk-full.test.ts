// A database without space refuses each write: callers get one typed reason, the leader does not spin, and writes
// are taken again by themselves when there is space.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Direction, DtmsCallError, DtmsClient, ErrorReason } from '../../src/client/index.js';
import { startService, type TestService } from '../support/app.js';
import { execute } from '../support/postgres.js';

const FULL_MS = 6000;
/** Pauses grow from 0.1 s: about 6 terms fit. Without that there were 30. */
const MOST_TERMS = 12;

let service: TestService;
let client: DtmsClient;
beforeAll(async () => {
  service = await startService();
  client = new DtmsClient({ address: service.address, breaker: 'off' });
});
afterAll(async () => {
  client.close();
  await service.end();
});

const register = (ticket: bigint, retryMs: number) =>
  client.registerTrade(
    {
      trade: {
        account: 'full',
        ticket,
        symbol: 'EURUSD',
        direction: Direction.BUY,
        entryPrice: 1,
        volume: 1,
      },
    },
    { retryMs, deadlineMs: 20_000 },
  );

async function terms(): Promise<number> {
  const { rows } = await execute(service.databaseUrl, 'SELECT evaluator_epoch::int AS n FROM log_head');
  return rows[0].n;
}

it('is refused as such, without haste, until there is space again', async () => {
  await register(1n, 0);
  await execute(
    service.databaseUrl,
    `CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
     CREATE TRIGGER no_space BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION no_space()`,
  );
  const before = await terms();
  const refusals: unknown[] = [];
  for (const end = performance.now() + FULL_MS; performance.now() < end; await sleep(20)) {
    await register(2n, 0).catch((error: unknown) => refusals.push(error));
  }
  expect(refusals.length).toBeGreaterThan(20);
  for (const refusal of refusals) {
    expect(refusal).toBeInstanceOf(DtmsCallError);
    expect(refusal).toMatchObject({
      report: {
        reason: ErrorReason.STORE_UNAVAILABLE,
        metadata: { outcome: 'not_written', why: 'disk_full' },
      },
    });
  }
  expect((await terms()) - before).toBeLessThan(MOST_TERMS);
  await execute(service.databaseUrl, 'DROP TRIGGER no_space ON events');
  expect(await register(2n, 20_000)).toMatchObject({ alreadyRegistered: false, revision: 2n });
});
