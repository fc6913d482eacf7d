// The systemd unit: systemd takes it and finds it little exposed (skipped where there is no systemd-analyze), and its settings are ours.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { unknownVariables } from '../../../src/config/known-names.js';
import { packageRoot } from '../../../src/package-files.js';

const unit = readFileSync(join(packageRoot(), 'deploy', 'systemd', 'dtms.service'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'dtms-unit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What systemd-analyze says of a unit whose program is one that is here. */
function analysed(text: string, ...args: string[]) {
  const file = join(folder, 'dtms.service');
  writeFileSync(file, text.replace('/usr/local/bin/dtms', process.execPath));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}
const [, version = '0'] =
  /^systemd (\d+)/.exec(spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout ?? '') ?? [];

describe.skipIf(Number(version) < 250)('systemd (needs systemd-analyze 250 or later)', () => {
  test('takes it without a remark', () => {
    expect(analysed(unit, 'verify')).toEqual({ status: 0, said: '' });
    expect(analysed(unit.replace('ProtectSystem=', 'ProtectSystm='), 'verify').said).toContain(
      'ProtectSystm',
    );
  });

  test('finds it little exposed: 2.0 of 10 at most', () => {
    expect(analysed(unit, 'security', '--offline=true', '--threshold=20').status).toBe(0);
    const open = unit.replace(
      /^(ProtectSystem|CapabilityBoundingSet|SystemCallFilter|DynamicUser)=.*$/gm,
      '',
    );
    expect(analysed(open, 'security', '--offline=true', '--threshold=20').status).not.toBe(0);
  });
});

test('reloads by SIGHUP, starts again after a failure only, and is stopped later than the server needs', () => {
  expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  expect(unit).toMatch(/^Restart=on-failure$/m);
  // What open calls may take (grpc.drainMs), and 4 s for writes and the database.
  const defaults: { grpc: { drainMs: number } } = JSON.parse(
    readFileSync(join(packageRoot(), 'config', 'dtms_config.json'), 'utf8'),
  );
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000).toBeGreaterThan(
    defaults.grpc.drainMs + 4000,
  );
});

test('its variables are settings', () => {
  const names = [...unit.matchAll(/\b(DTMS_\w+)=/g)].map(([, name = '']) => [name, 'x']);
  const problems: string[] = [];
  expect(names.length).toBeGreaterThan(1);
  expect(unknownVariables(Object.fromEntries(names), problems)).toEqual([]);
  expect(problems).toEqual([]);
});
