// The commands of docs/guides/api.md, run as they stand there against the real service.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { startService, type TestService } from '../../support/app.js';
import { DatabaseKeys } from '../../support/keys.js';

const guide = readFileSync(new URL('../../../docs/guides/api.md', import.meta.url), 'utf8');
/** Those of grpcurl, which few machines have, ask by reflection, as test/contract/rpc/server.test.ts does. */
const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .map(([, text = '']) => text)
  .filter((text) => !text.startsWith('grpcurl'));
const missing = ['bash', 'curl'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const run = promisify(execFile);

describe.skipIf(missing.length > 0)(
  `the guide's commands${missing.length > 0 ? ' (skipped: no curl)' : ''}`,
  () => {
    let service: TestService;
    let key = '';

    beforeAll(async () => {
      service = await startService();
      const keys = new DatabaseKeys(service.databaseUrl);
      const scopes = [Scope.REGISTER, Scope.MARKET, Scope.BRIDGE, Scope.MANAGE, Scope.ADMIN];
      key = (await keys.make(scopes)).text;
      await keys.close();
    });

    afterAll(() => service?.end());

    test('there are some', () => expect(blocks.length).toBeGreaterThan(5));

    test.each(blocks.map((text, index) => ({ index, text })))('block $index', async ({ text }) => {
      const script = `set -e\n${text.replaceAll('127.0.0.1:8001', service.http)}`;
      const { stdout, stderr } = await run('bash', ['-c', script], { env: { ...process.env, KEY: key } });
      expect(stderr).toBe('');
      // Each answers JSON; the one that shows an error shows that one.
      expect(stdout).toContain('{"');
      expect(stdout.includes('"error"')).toBe(text.includes('/trades/404'));
    });
  },
);
