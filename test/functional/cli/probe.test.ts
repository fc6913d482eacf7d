// `dtms probe` beside a server that is ready, beside nobody, and beside one with TLS that asks for keys.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../../support/app.js';
import { authority, signed } from '../../support/certificates.js';
import { CliProcess } from '../../support/cli-process.js';

let folder: string;
let service: TestService;
let variables: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-probe-'));
  const { cert, key } = await signed(await authority('ours'), 'server');
  const files = { cert: join(folder, 'crt'), key: join(folder, 'key') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  service = await startService({ tls: files, access: { mode: 'required' } });
  variables = { DTMS_TLS_CERT: files.cert, DTMS_TLS_KEY: files.key };
});
afterAll(async () => {
  await service?.end();
  rmSync(folder, { recursive: true, force: true });
});

const probe = (port: string, ...args: string[]) =>
  new CliProcess(folder, ['probe', ...args], {
    ...variables,
    DTMS_HTTP_HOST: '0.0.0.0',
    DTMS_HTTP_PORT: port,
  }).ended();
const served = () => service.http.split(':').at(-1) ?? '';

test('a server that is ready and lives: exit code 0, without a key', async () => {
  const [ready, lives] = await Promise.all([probe(served()), probe(served(), 'livez')]);
  expect({ ready, lives }).toMatchObject({ ready: { code: 0, err: '' }, lives: { code: 0, err: '' } });
  expect(ready.out).toMatch(/^readyz: /);
  expect(lives.out).toMatch(/^livez: /);
});

test('nobody there: exit code 3, and it says where it asked', async () => {
  // A privileged port that nothing here serves.
  const { code, err } = await probe('1');
  expect(code).toBe(3);
  expect(err).toContain('nobody answers at 127.0.0.1:1');
});

test('HTTP switched off is no health: exit code 1', async () => {
  variables = { ...variables, DTMS_HTTP_ENABLED: 'false' };
  expect(await probe(served())).toMatchObject({ code: 1 });
});
