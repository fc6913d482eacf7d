// Keys and audits in the store: a change and its record are one, and what is on record stays.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isActive, newApiKey, secretHash } from '../../../src/access/api-key.js';
import { createKey } from '../../../src/commands/keys.js';
import { execute } from '../../support/postgres.js';
import { batchOf, makeTrade } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

const AUTHOR = { actor: 'ann', actorId: 'k1', method: 'test' };
const ALL = { account: null, actor: null, method: null, from: null, until: null };
const READER = { name: 'r', scopes: ['READ'], accounts: [], expiresAt: null };

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

describe('a change of a key', () => {
  test('that the database refuses leaves no record', async () => {
    const { keys, audits } = await fixture.open();
    const { keyId, secret } = newApiKey();
    const bad = { keyId, name: 'x', hash: secretHash(secret), scopes: [], accounts: null, expiresAt: null };
    await expect(keys.create(bad, AUTHOR)).rejects.toThrow();
    await expect(
      keys.create({ ...bad, scopes: ['READ'], hash: Buffer.from('short') }, AUTHOR),
    ).rejects.toThrow();
    expect(await audits.list(ALL, 0, 10)).toEqual([]);
  });

  test('whose record cannot be written is not made', async () => {
    const { keys, audits } = await fixture.open();
    const made = await createKey(keys, READER, AUTHOR);
    await execute(fixture.database.url, `ALTER TABLE audit_events ADD CHECK (actor <> 'mallory')`);
    const mallory = { ...AUTHOR, actor: 'mallory' };
    await expect(createKey(keys, READER, mallory)).rejects.toThrow();
    await expect(keys.revoke(made.key.keyId, mallory)).rejects.toThrow();
    const fresh = { keyId: newApiKey().keyId, hash: secretHash('s'), expiresAt: null };
    await expect(keys.rotate(made.key.keyId, fresh, 0, mallory)).rejects.toThrow();
    const left = await keys.list(null, 0, 10);
    expect(left).toMatchObject([{ keyId: made.key.keyId, revokedAt: null, rotatedTo: null }]);
    expect(await audits.list(ALL, 0, 10)).toHaveLength(1);
  });

  test('is done once by many at a time', async () => {
    const { keys, audits } = await fixture.open();
    const { key } = await createKey(keys, READER, AUTHOR);
    const rotations = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        keys.rotate(key.keyId, { keyId: `fresh${index}`, hash: secretHash('s'), expiresAt: null }, 0, AUTHOR),
      ),
    );
    expect(rotations.filter((rotated) => rotated !== undefined)).toHaveLength(1);
    expect(await keys.list(null, 0, 20)).toHaveLength(2);
    const revocations = await Promise.all(Array.from({ length: 8 }, () => keys.revoke(key.keyId, AUTHOR)));
    expect(revocations.filter((revoked) => revoked !== undefined)).toHaveLength(1);
    expect(await audits.list(ALL, 0, 20)).toHaveLength(3);
  });
});

test('whether there is a key counts those that ended, but not as working', async () => {
  const { keys } = await fixture.open();
  expect(await keys.presence()).toEqual({ active: false, any: false });
  const { key } = await createKey(keys, READER, AUTHOR);
  expect(isActive(key)).toBe(true);
  expect(await keys.presence()).toEqual({ active: true, any: true });
  await keys.revoke(key.keyId, AUTHOR);
  expect(await keys.presence()).toEqual({ active: false, any: true });
});

test('the last use of a key is known once it is told', async () => {
  const { keys } = await fixture.open();
  const { key } = await createKey(keys, READER, AUTHOR);
  await keys.touch([key.keyId, 'unknown']);
  const [found] = await keys.find([key.keyId]);
  expect(found?.lastUsedAt).toBeGreaterThanOrEqual(key.createdAt);
});

describe('what is on record', () => {
  test.each([
    `UPDATE audit_events SET actor = 'mallory'`,
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
    `UPDATE events SET actor = 'mallory'`,
    'DELETE FROM events',
    `UPDATE events_1 SET actor = 'mallory'`,
    'DELETE FROM events_1',
    'TRUNCATE events',
  ])('refuses: %s', async (statement) => {
    const { store, term } = await fixture.lead();
    const audit = { actor: 'ann', actorId: 'k1', method: 'm', account: 'demo', ticket: 1n, detail: {} };
    await term.writer.commit(batchOf([makeTrade(1)], { audits: [audit] }));
    await expect(execute(fixture.database.url, statement)).rejects.toThrow('append-only');
    expect(await store.readEvents(0, 10)).toMatchObject([{ actor: '' }]);
    expect(await store.audits.list(ALL, 0, 10)).toMatchObject([{ actor: 'ann' }]);
  });

  test('of a commit that fails is nothing', async () => {
    const { store, term } = await fixture.lead();
    await term.writer.commit(batchOf([makeTrade(1)]));
    const audit = { actor: 'ann', actorId: 'k1', method: 'm', account: 'demo', ticket: 1n, detail: {} };
    // Registered twice.
    await expect(term.writer.commit(batchOf([makeTrade(1)], { audits: [audit] }))).rejects.toThrow();
    expect(await store.audits.list(ALL, 0, 10)).toEqual([]);
  });
});
