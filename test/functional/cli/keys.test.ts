// `dtms keys` as its users run it, against the database of a service that runs.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DtmsClient } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess } from '../../support/cli-process.js';
import { execute } from '../../support/postgres.js';

const KEY = /^dtms_[a-z2-7]{12}_[a-z2-7]{52}$/;
const folder = mkdtempSync(join(tmpdir(), 'dtms-keys-'));

let service: TestService;
beforeAll(async () => {
  service = await startService({ access: { mode: 'required' } });
});
afterAll(async () => {
  await service.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Started, as the record names who did it. */
const keys = (...args: readonly string[]) =>
  new CliProcess(folder, ['keys', ...args, '--database-url', service.databaseUrl]).ended();
const here = (...args: readonly string[]) =>
  dtmsHere(['keys', ...args, '--database-url', service.databaseUrl]);

/** Whether a key lets its owner in. */
async function works(apiKey: string): Promise<boolean> {
  const client = new DtmsClient({ address: service.address, apiKey, defaults: { retryMs: 0 } });
  return client
    .getStatus({})
    .then(
      () => true,
      () => false,
    )
    .finally(() => client.close());
}

describe('dtms keys', () => {
  it('makes no database to look for a key in', async () => {
    const none = join(folder, 'none');
    for (const words of [['list'], ['revoke', 'aaaaaaaaaaaa'], ['rotate', 'aaaaaaaaaaaa']]) {
      const { code, err } = await dtmsHere(['keys', ...words, '--data-dir', none]);
      expect([code, err]).toEqual([1, expect.stringContaining(`there is no database in ${none}`)]);
    }
    expect(existsSync(none)).toBe(false);
  });

  it('makes, lists, rotates and revokes a key; standard output is the key alone', async () => {
    const made = await keys('create', '--name', 'desk', '--scope', 'read,register', '--account', 'a');
    expect(made).toMatchObject({ code: 0 });
    const text = made.out.trim();
    expect(text).toMatch(KEY);
    expect(made.err).not.toContain(text);
    expect(await works(text)).toBe(true);
    const list = (...key: readonly string[]) => {
      const [DTMS_API_KEY = ''] = key;
      const variables = { DTMS_SERVER: service.address, DTMS_API_KEY };
      return new CliProcess(folder, ['trades', 'list', '--account', 'a'], variables).ended();
    };
    expect(await list(text)).toEqual({ code: 0, out: 'none\n', err: '' });
    expect((await list()).err).toContain('DTMS_API_KEY');

    const keyId = text.split('_')[1] ?? '';
    const shown = JSON.parse((await here('list', '--json')).out);
    expect(shown).toMatchObject({
      ...{ keyId, name: 'desk', scopes: ['READ', 'REGISTER'], accounts: ['a'], state: 'active' },
      ...{ expiresAt: null, revokedAt: null, rotatedTo: null },
    });
    const table = await here('list');
    expect(table.out).toMatch(new RegExp(`${keyId}.*desk.*active`));
    expect(table.out + JSON.stringify(shown)).not.toContain(text.split('_')[2]);

    const rotated = await keys('rotate', keyId, '--overlap', '1h', '--json');
    const fresh: unknown = JSON.parse(rotated.out);
    expect(fresh).toMatchObject({ name: 'desk', state: 'active', secret: expect.stringMatching(KEY) });
    expect(await works(text)).toBe(true);
    expect(await here('rotate', keyId)).toMatchObject({ code: 1, out: '' });

    expect(await keys('revoke', keyId)).toMatchObject({ code: 0, out: '' });
    const states = (await here('list', '--output', 'json')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).state);
    expect(states).toEqual(['revoked', 'active']);

    const { rows } = await execute(
      service.databaseUrl,
      // Beside them is the call above that had no key.
      `SELECT actor, method FROM audit_events WHERE method LIKE 'dtms %' ORDER BY id`,
    );
    expect(rows).toEqual(
      ['create', 'rotate', 'revoke'].map((command) => ({
        actor: expect.stringMatching(/^cli:.+/),
        method: `dtms keys ${command}`,
      })),
    );
  });

  it.each([
    [['create', '--name', 'x'], 2, /--scope/],
    [['create', '--scope', 'read'], 2, /--name/],
    [['create', '--name', 'x', '--scope', 'king'], 2, /no scope king/],
    [['create', '--name', 'a b', '--scope', 'read'], 2, /must be 1 to 64/],
    [['create', '--name', 'x', '--scope', 'read', '--account', 'a b'], 2, /not an account name/],
    [['create', '--name', 'x', '--scope', 'read', '--expires', 'soon'], 2, /2030-01-31/],
    [['create', '--name', 'x', '--scope', 'read', '--expires', '2020-01-31'], 1, /must be in the future/],
    [['rotate', 'aaaaaaaaaaaa'], 1, /no API key aaaaaaaaaaaa/],
    [['revoke', 'aaaaaaaaaaaa'], 1, /no API key aaaaaaaaaaaa/],
  ])('%j says what is wrong', async (args, code, message) => {
    const ended = await here(...args);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(message);
    expect(ended.err).not.toMatch(/\n\s+at /);
  });
});
