// What `dtms serve` says of who leads: what the database says when it tries to lead, not what a server told before it was killed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/eventually.js';
import { execute, migratedDatabase, type TestDatabase } from '../../support/postgres.js';
import { ServerProcess } from '../../support/server-process.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await migratedDatabase();
}, 60_000);

afterAll(() => database.drop());

const onDatabase = () => ServerProcess.create({ DTMS_DATABASE_URL: database.url });
const STANDBY = 'this server is a standby';

test('a leader that was killed a moment ago is not said to lead; one that leads is', async () => {
  await execute(
    database.url,
    `INSERT INTO servers (server_id, version, grpc_address, peer_address, role, evaluator_epoch, lag_revisions, lag_ms)
     SELECT 'killed-1', '1.0.0', 'killed.example:50051', '127.0.0.1:9', 'LEADER', evaluator_epoch, 0, 0 FROM log_head`,
  );
  const [first, second] = [await onDatabase(), await onDatabase()];
  try {
    await first.start();
    await until('it has said all', async () => first.output.includes('access    '));
    await second.start('it answers');
    await until('the second one says who leads', async () => second.output.includes(STANDBY));
    expect(second.output).toContain(`leads     ${first.address}; ${STANDBY}`);
    expect(first.output).not.toContain('leads     ');
  } finally {
    await second.stop();
    await first.stop();
  }
  expect(first.output).not.toContain(STANDBY);
}, 120_000);
