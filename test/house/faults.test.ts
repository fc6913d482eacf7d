// `npm run test:faults`: its help names every kind of fault there is, and what there is no kind of is refused before anything runs.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-files.js';
import { FAULT_KINDS } from '../support/fault-stage.js';

/** Clocks are missing in FAULT_KINDS where none can be moved. */
const CLOCKS = ['server-clock', 'database-clock'];
const SCRIPT = join(packageRoot(), 'scripts', 'faults.mjs');
const script = (...args: string[]) => spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });
const namedIn = (help: string) => (/fault of the schedule: (.*)/.exec(help)?.[1] ?? '').split(', ').sort();

describe('npm run test:faults', () => {
  test('--help names the faults that the schedule has', () => {
    const { status, stdout } = script('--help');
    expect(status).toBe(0);
    expect(namedIn(stdout)).toEqual([...new Set([...Object.keys(FAULT_KINDS), ...CLOCKS])].sort());
  });

  test.each([
    [['--only', 'rolout'], 'there is no kind "rolout"'],
    [['--only', 'toString'], 'there is no kind "toString"'],
    [['--only', ''], 'there is no kind ""'],
    [['--minutes', 'many'], '--minutes must be a number, not "many"'],
    [['--servers', '-1'], "'--servers"],
    [['--seed', '1.5'], '--seed must be a whole number, not "1.5"'],
    [['rollout'], "'rollout'"],
  ])('%j is refused, with the kinds', (args, cause) => {
    const { status, stdout, stderr } = script(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(cause);
    expect(stderr).toContain('kinds: failpoints, ');
  });
});
