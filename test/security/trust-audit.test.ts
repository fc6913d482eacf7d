// What is on record stays as it was written, and says who did it: T17 and T20 of the trust issue.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKey } from '../../src/commands/keys.js';
import { Store } from '../../src/store/store.js';
import { SILENT, testConfig } from '../contract/store/fixtures.js';
import { execute, migratedDatabase, type TestDatabase } from '../support/postgres.js';
import { batchOf, makeTrade } from '../support/stored.js';

const AUDIT = {
  actor: 'ann',
  actorId: 'k3v7mq2pxw5d',
  method: '/dtms.v1.AccountService/SetTradingState',
  account: 'live-1',
  ticket: 0n,
  detail: { by: 'ann', reason: 'news: "öl" \u2028' },
};

let database: TestDatabase;
let service: { readonly role: string; readonly url: string };
const stores: Store[] = [];

beforeEach(async () => {
  database = await migratedDatabase();
  const role = `dtms_test_${randomBytes(6).toString('hex')}`;
  await execute(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'of-a-test'`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'of-a-test';
  service = { role, url: url.href };
});

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await database.drop();
  await execute(database.url.replace(/\/[^/]*$/, '/postgres'), `DROP ROLE ${service.role}`);
});

/** A store that works as the service's own role on a schema of the owner's. */
async function open(retention: { readonly partitionRevisions?: number } = {}): Promise<Store> {
  const store = await Store.open(service.url, testConfig({ retention }), SILENT, database.url);
  stores.push(store);
  return store;
}

const asOwner = (statement: string) => execute(database.url, statement);
const asService = (statement: string) => execute(service.url, statement);

/** Alters the record as nobody but the owner can. */
async function tamper(statement: string): Promise<void> {
  await asOwner(`ALTER TABLE audit_events DISABLE TRIGGER ALL; ${statement}`);
}

/** What nobody but the schema's owner may do. */
const FORBIDDEN = [
  'ALTER TABLE audit_events DISABLE TRIGGER ALL',
  'DROP TRIGGER append_only ON audit_events',
  'CREATE OR REPLACE FUNCTION dtms_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
  `SET session_replication_role = replica`,
  'DELETE FROM audit_events',
  `UPDATE audit_events SET actor = 'bob'`,
  'TRUNCATE audit_events',
  'DROP TABLE audit_events CASCADE',
  `UPDATE audit_head SET hash = '\\x00'`,
  'DELETE FROM audit_head',
  'ALTER TABLE events DISABLE TRIGGER ALL',
  'DELETE FROM events',
];

describe("the service's role", () => {
  // T20: as the role the service ran as, each of these worked.
  test.each([...FORBIDDEN, `SELECT dtms_drop_partitions(ARRAY['audit_events'], 0)`])(
    'cannot: %s',
    async (statement) => {
      const store = await open();
      await store.audits.add(AUDIT);
      await expect(asService(statement)).rejects.toThrow(/permission denied|must be owner|only partitions/);
      expect(await store.audits.verify()).toMatchObject({ rows: 1, fault: null });
    },
  );

  // The control: nothing but who it is keeps the service from it.
  test.each(FORBIDDEN)('(control) the owner can: %s', async (statement) => {
    const store = await open();
    await store.audits.add(AUDIT);
    await asOwner(
      `ALTER TABLE audit_events DISABLE TRIGGER ALL; ALTER TABLE events DISABLE TRIGGER ALL; ${statement}`,
    );
  });

  test('numbers, dates and hashes no audit itself', async () => {
    const store = await open();
    await store.audits.add(AUDIT);
    await asService(
      `INSERT INTO audit_events (id, at, actor, actor_id, method, account, ticket, detail, previous_hash, hash)
       VALUES (77, '2001-01-01', 'bob', '', 'm', '', 0, '{}', '\\x00', '\\x00')`,
    );
    const [, second] = await store.audits.list(
      { account: null, actor: null, method: null, from: null, until: null },
      0,
      10,
    );
    expect(second).toMatchObject({ auditId: 2, actor: 'bob' });
    expect(second?.at).toBeGreaterThan(Date.UTC(2020, 0));
    expect(await store.audits.verify()).toMatchObject({ rows: 2, fault: null });
  });

  test('does all the service does: leads, commits, grows and compacts the log, makes keys', async () => {
    const store = await open({ partitionRevisions: 1000 });
    const term = await store.lead({ onLost: () => undefined });
    for (let ticket = 1; ticket <= 3; ticket += 1)
      await term.writer.commit(batchOf([makeTrade(ticket)], { audits: [AUDIT] }));
    await store.compact();
    const author = { actor: 'ann', actorId: '', method: 'test' };
    await createKey(store.keys, { name: 'r', scopes: ['READ'], accounts: [], expiresAt: null }, author);
    await term.release();
    expect(await store.audits.verify()).toMatchObject({ rows: 4, fault: null });
  });
});

describe('verification', () => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    for (let number = 1; number <= 5; number += 1)
      await store.audits.add({ ...AUDIT, account: `a${number}` });
  });

  test('finds a sound chain sound, however it was written', async () => {
    await Promise.all(Array.from({ length: 20 }, () => store.audits.add(AUDIT)));
    expect(await store.audits.verify()).toMatchObject({ rows: 25, fault: null, end: { id: '25' } });
  });

  test.each([
    [
      'a change of any field',
      `UPDATE audit_events SET actor_id = 'other' WHERE id = 3`,
      2,
      /3 is not as it was/,
    ],
    [
      'a text moved between fields',
      `UPDATE audit_events SET actor = 'an', actor_id = 'n' || actor_id`,
      0,
      /not as/,
    ],
    [
      'another time',
      `UPDATE audit_events SET at = at + interval '1 microsecond' WHERE id = 5`,
      4,
      /5 is not as/,
    ],
    ['a deletion', 'DELETE FROM audit_events WHERE id = 2', 1, /3 does not follow audit 1/],
    [
      'a deletion at the beginning',
      'DELETE FROM audit_events WHERE id = 1',
      0,
      /does not follow the beginning/,
    ],
    ['a deletion at the end', 'DELETE FROM audit_events WHERE id > 3', 3, /ends with audit 3, but audit 5/],
    ['a deletion of everything', 'DELETE FROM audit_events', 0, /ends with audit 0, but audit 5/],
    [
      'a new order',
      'UPDATE audit_events SET id = 99 WHERE id = 2; UPDATE audit_events SET id = 2 WHERE id = 3; UPDATE audit_events SET id = 3 WHERE id = 99',
      1,
      /2 does not follow audit 1/,
    ],
  ])('finds %s', async (_what, statement, rows, fault) => {
    await tamper(statement);
    expect(await store.audits.verify()).toMatchObject({ rows, fault: expect.stringMatching(fault) });
  });
});

describe('names of keys', () => {
  const author = { actor: 'ann', actorId: '', method: 'test' };
  const operator = { name: 'operator', scopes: ['ADMIN'], accounts: [], expiresAt: null };

  // T17: the second one was made, and its HALT read "operator" like the first one's.
  test('are one key’s alone while it can be used', async () => {
    const { keys } = await open();
    const { key } = await createKey(keys, operator, author);
    await expect(createKey(keys, operator, author)).rejects.toThrow('there is an API key called operator');
    await keys.revoke(key.keyId, author);
    await createKey(keys, operator, author);
  });

  // "Operator" was made, and its HALT read like operator's.
  test.each(['Operator', 'OPERATOR', 'operatoR'])('are taken in other capitals too: %s', async (name) => {
    const { keys } = await open();
    await createKey(keys, operator, author);
    await expect(createKey(keys, { ...operator, name }, author)).rejects.toThrow(
      'there is an API key called',
    );
  });

  test('are given once when many ask at a time', async () => {
    const { keys } = await open();
    const names = ['operator', 'Operator'];
    const made = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        createKey(keys, { ...operator, name: names[index % 2] ?? '' }, author),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
