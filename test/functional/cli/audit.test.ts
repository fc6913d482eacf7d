// `dtms audit` as its users run it: an export is verified by itself, and against the database it came from.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess } from '../../support/cli-process.js';
import { DatabaseKeys } from '../../support/keys.js';
import { execute } from '../../support/postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-audit-'));
const file = join(folder, 'audit.jsonl');

let service: TestService;
let keys: DatabaseKeys;
beforeAll(async () => {
  service = await startService({ access: { mode: 'required' } });
  keys = new DatabaseKeys(service.databaseUrl);
  for (let made = 0; made < 3; made += 1) await keys.make([1]);
});
afterAll(async () => {
  await keys.close();
  await service.end();
  rmSync(folder, { recursive: true, force: true });
});

const audit = (...args: readonly string[]) =>
  new CliProcess(folder, ['audit', ...args, '--database-url', service.databaseUrl]).ended();
const verify = (...args: readonly string[]) =>
  dtmsHere(['audit', 'verify', ...args, '--database-url', service.databaseUrl]);

describe('dtms audit', () => {
  let publicKey = '';

  it('exports what is on record, signed, and verifies it', async () => {
    const exported = await audit('export', '--out', file);
    expect(exported).toMatchObject({ code: 0, out: '' });
    publicKey = /signed by (\S+)/.exec(exported.err)?.[1] ?? '';
    const found = JSON.parse((await audit('verify', file, '--json', '--public-key', publicKey)).out);
    expect(found).toMatchObject({ rows: 3, last: '3', publicKey });
    expect(JSON.parse((await verify('--json')).out)).toMatchObject({ rows: 3, hash: found.hash });
  });

  it('that cannot be written is told in a sentence', async () => {
    for (const out of [join(folder, 'none', 'a.jsonl'), folder]) {
      const failed = await audit('export', '--out', out);
      expect(failed).toMatchObject({ code: 1, out: '' });
      expect(failed.err).toMatch(/^dtms: .*\n$/);
    }
  });

  it('signs the next export with the same key', async () => {
    expect((await audit('export', '--out', join(folder, 'next.jsonl'))).err).toContain(publicKey);
  });

  it('refuses a signature of another key', async () => {
    const other = await audit(
      'export',
      '--out',
      join(folder, 'other.jsonl'),
      '--key',
      join(folder, 'other.pem'),
    );
    expect(other.err).not.toContain(publicKey);
    expect(await verify(join(folder, 'other.jsonl'), '--public-key', publicKey)).toMatchObject({
      code: 1,
      err: expect.stringContaining('signed by another key'),
    });
  });

  it.each([
    [
      'a row changed',
      (lines: string[]) => lines.with(2, (lines[2] ?? '').replace('test', 'best')),
      'not as it was',
    ],
    ['a row less', (lines: string[]) => lines.toSpliced(2, 1), 'does not follow'],
    ['the last row less', (lines: string[]) => lines.toSpliced(3, 1), 'audits are missing'],
    [
      'rows in another order',
      (lines: string[]) => lines.with(2, lines[3] ?? '').with(3, lines[2] ?? ''),
      'does not',
    ],
    ['no signature', (lines: string[]) => lines.slice(0, -1), 'ends before its signature'],
    ['another key in its head', (lines: string[]) => lines.with(0, `${lines[0]} `), 'of something else'],
    ['nothing in it', () => [], 'ends before its signature'],
  ])('finds an export with %s', async (_what, change, fault) => {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const changed = join(folder, 'changed.jsonl');
    writeFileSync(
      changed,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect(await verify(changed)).toMatchObject({ code: 1, err: expect.stringContaining(fault) });
  });

  it('finds a database whose chain was written anew since the export', async () => {
    await keys.make([1]);
    expect(await verify(file, '--live')).toMatchObject({ code: 0 });
    // As the owner of the schema: a chain that is sound, but not the one that was exported.
    await execute(
      service.databaseUrl,
      `ALTER TABLE audit_events DISABLE TRIGGER append_only;
       DELETE FROM audit_events;
       UPDATE audit_head SET id = 0, hash = decode(repeat('00', 32), 'hex')`,
    );
    for (let made = 0; made < 4; made += 1) await keys.make([1]);
    expect(await verify()).toMatchObject({ code: 0 });
    expect(await verify(file, '--live')).toMatchObject({
      code: 1,
      err: expect.stringContaining('has another audit 3 than the export'),
    });
  });

  it('finds an audit that was changed in the database', async () => {
    await execute(service.databaseUrl, `UPDATE audit_events SET actor = 'mallory' WHERE id = 2`);
    expect(await verify()).toMatchObject({
      code: 1,
      err: expect.stringContaining('audit 2 is not as it was'),
    });
    // What was sound stays until there is a signed one in its place.
    const before = readFileSync(file, 'utf8');
    for (const out of [join(folder, 'bad.jsonl'), file])
      expect(await audit('export', '--out', out)).toMatchObject({ code: 1 });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(folder).filter((name) => /bad|part/.test(name))).toEqual([]);
  });
});
