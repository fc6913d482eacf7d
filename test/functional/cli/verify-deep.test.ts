// `dtms verify --deep`: a database that real work has filled is sound, and a flaw of each kind that is planted in a copy of it is
// found, by its name.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ActionOutcome, CloseReason } from '../../../gen/ts/dtms/v1/types.js';
import { checkAll } from '../../../src/integrity/database.js';
import { createLogger } from '../../../src/observability/logger.js';
import { backUp } from '../../../src/store/backup/back-up.js';
import { restoreBackup } from '../../../src/store/backup/restore.js';
import { actionCalls, only } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { DatabaseKeys } from '../../support/keys.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { bodiesAsText } from '../../support/text-bodies.js';

let service: TestService;
let url: string;
const folder = mkdtempSync(join(tmpdir(), 'dtms-deep-'));
beforeAll(async () => {
  service = await startService({ access: { mode: 'open' } });
  url = service.databaseUrl;
  const { troubled, lease, begin, report } = actionCalls(() => service);
  const account = await troubled(3);
  const leased = await lease(account);
  for (const each of leased.slice(0, 2)) await begin(each);
  await report(only(leased), ActionOutcome.DONE, { stopLoss: 95 });
  await service.client.closeTrade({ account, ticket: 3n, closePrice: 97, reason: CloseReason.REQUESTED });
  await service.client.pauseTrade({ account, ticket: 1n, reason: 'a look' });
  const keys = new DatabaseKeys(url);
  for (let made = 0; made < 3; made += 1) await keys.make([1]);
  await keys.close();
});
afterAll(async () => {
  await service.end();
  rmSync(folder, { recursive: true, force: true });
});

const deep = (databaseUrl: string) =>
  dtmsHere(['verify', '--deep', '--database-url', databaseUrl, '--output', 'json']);

test('beside a server that works, all is sound, and every check had something to look at', async () => {
  const { code, out, err } = await deep(url);
  expect(err).toBe('');
  const { ok, checks } = JSON.parse(out);
  expect({ ok, code }).toEqual({ ok: true, code: 0 });
  expect(checks.filter(({ checked }: { checked: number }) => checked === 0)).toEqual([]);
  expect(checks.map(({ name }: { name: string }) => name)).toEqual([
    ...['log', 'events', 'trades', 'actions', 'audits', 'journal', 'checkpoints', 'state'],
  ]);
});

const UNGUARDED = `ALTER TABLE events DISABLE TRIGGER USER; ALTER TABLE audit_events DISABLE TRIGGER USER;`;
const LAST = '(SELECT max(revision) FROM events)';
const flipped = (column: string) =>
  `set_byte(${column}, length(${column}) / 2, get_byte(${column}, length(${column}) / 2) # 1)`;
const body = (change: string) => `body = ${change}::json`;

const FLAWS: readonly (readonly [string, string, readonly string[], RegExp])[] = [
  [
    'an event is gone',
    `DELETE FROM events WHERE revision = 4`,
    ['log', 'events'],
    /after revision 3 comes 5/,
  ],
  [
    'the last event is gone',
    `DELETE FROM events WHERE revision = ${LAST}`,
    ['log', 'trades'],
    /last revision/,
  ],
  [
    'the log is ahead of its head',
    `UPDATE log_head SET revision = revision - 1`,
    ['log', 'journal'],
    /last revision/,
  ],
  [
    'an event says something else',
    `UPDATE events SET payload = (SELECT payload FROM events WHERE revision = 2) WHERE revision = 1`,
    ['events'],
    /event 1 is .*:?/,
  ],
  [
    'a state in the log changed',
    `UPDATE events SET state = 'HEDGED' WHERE revision = ${LAST}`,
    ['events', 'trades'],
    /HEDGED/,
  ],
  [
    'an event cannot be read',
    `UPDATE events SET payload = '\\x0a' WHERE revision = 2`,
    ['events'],
    /event 2 cannot be read/,
  ],
  [
    'a trade has another state',
    `UPDATE trades SET state = 'HEDGED' WHERE ticket = 2`,
    ['trades'],
    /state of work\d+:2 is HEDGED/,
  ],
  [
    'a trade has another volume',
    `UPDATE trades SET ${body(`jsonb_set(body::jsonb, '{volume}', '5')`)} WHERE ticket = 2`,
    ['trades'],
    /volume of work\d+:2 is 5 and should be 1/,
  ],
  [
    'a trade has another stop',
    `UPDATE trades SET ${body(`jsonb_set(body::jsonb, '{stopLoss}', '1')`)} WHERE ticket = 1`,
    ['trades'],
    /stop of work\d+:1 is 1/,
  ],
  [
    'a trade has another policy',
    `UPDATE trades SET ${body(`jsonb_set(body::jsonb, '{policy}', '{"name": "odd", "version": 2}')`)} WHERE ticket = 2`,
    ['trades'],
    /policy of work\d+:2 is odd 2 and should be dtms 1/,
  ],
  [
    'a trade forgot its action',
    `UPDATE trades SET ${body(`jsonb_set(body::jsonb, '{actions}', '[]')`)} WHERE ticket = 2`,
    ['trades'],
    /what is open of work\d+:2/,
  ],
  [
    'a trade was moved back',
    `UPDATE trades SET version = version - 1 WHERE ticket = 1`,
    ['trades'],
    /version of/,
  ],
  ['a trade is gone', `DELETE FROM trades WHERE ticket = 1`, ['trades'], /has events and is gone/],
  [
    'a trade without events',
    `INSERT INTO trades SELECT account, 77, symbol, feed, state, registered_revision, revision, version, closed_at, open_work, body FROM trades WHERE ticket = 1`,
    ['trades'],
    /:77 is of a revision that is no event of it/,
  ],
  [
    'a trade cannot be read',
    `UPDATE trades SET body = '{}' WHERE ticket = 1`,
    ['trades'],
    /a stored trade cannot be read/,
  ],
  [
    'a packed trade is damaged',
    `UPDATE trades SET body = NULL, packed = '\\x020000000001' WHERE ticket = 1`,
    ['trades'],
    /a stored trade cannot be read: it is damaged/,
  ],
  [
    'an action has another status',
    `UPDATE actions SET status = 'DEAD' WHERE status = 'DONE'`,
    ['actions'],
    /is DEAD and should be DONE/,
  ],
  ['an action is gone', `DELETE FROM actions WHERE status = 'DONE'`, ['actions'], /was planned and is gone/],
  [
    'an audit changed',
    `UPDATE audit_events SET actor = 'mallory' WHERE id = 2`,
    ['audits'],
    /audit 2 is not as it was/,
  ],
  [
    'the last audit is gone',
    `DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)`,
    ['audits'],
    /was the last one written/,
  ],
  [
    'a row of the journal is gone',
    `DELETE FROM journal WHERE place = 3`,
    ['journal'],
    /place after 2 is 4 and should be 3/,
  ],
  [
    'a row of the journal changed',
    `UPDATE journal SET entries = ${flipped('entries')} WHERE place = 2`,
    ['journal'],
    /place 2: .*damaged/,
  ],
  [
    'a row of the journal twice',
    `UPDATE journal SET base = 0 WHERE place = (SELECT max(place) FROM journal)`,
    ['journal'],
    /had written already/,
  ],
  [
    'a checkpoint changed',
    `UPDATE journal_checkpoint_parts SET body = ${flipped('body')}`,
    ['checkpoints'],
    /damaged/,
  ],
  [
    'a part of a checkpoint is gone',
    `DELETE FROM journal_checkpoint_parts WHERE part = 0`,
    ['checkpoints'],
    /is gone/,
  ],
  [
    'an account cannot be read',
    `UPDATE accounts SET body = '{"format": 99}'`,
    ['state'],
    /a stored account cannot be read/,
  ],
];

describe('in a copy without a server', () => {
  let copy: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    copy = await createDatabase();
    const file = join(folder, 'copy');
    await backUp(url, () => file);
    await restoreBackup(file, { url: copy.url, ownerUrl: copy.url }, createLogger('silent'));
    await bodiesAsText(copy.url);
    client = new pg.Client(copy.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await copy.drop();
  });

  test.each(FLAWS)('%s', async (_flaw, sql, names, example) => {
    await client.query('BEGIN');
    try {
      await client.query(UNGUARDED + sql);
      const failed = (await checkAll(client)).filter(({ faults }) => faults > 0);
      const examples = failed.flatMap((each) => each.examples).join('\n');
      expect(
        failed.map(({ name }) => name),
        examples,
      ).toEqual(names);
      expect(examples).toMatch(example);
    } finally {
      await client.query('ROLLBACK');
    }
  });

  test('a flaw is the exit code', async () => {
    await client.query('DELETE FROM trades WHERE ticket = 1');
    const { code, out, err } = await deep(copy.url);
    expect(code).toBe(1);
    expect(JSON.parse(out).ok).toBe(false);
    expect(err).toContain('1 of 8 checks failed: trades');
  });
});
