// docs/errors.md: every reason, with the code the program gives it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { codeOf, reasonName, reasonNamed } from '../../../src/errors/errors.js';

test('the page is what the proto says', () => {
  execFileSync(process.execPath, ['scripts/error-catalogue.mjs', '--check']);
});

test('each reason stands there with its code', () => {
  const rows = [
    ...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| \[([A-Z_]+)\]\(#[a-z_]+\) \| ([A-Z_]+) \|$/gm),
  ];
  const documented = new Map(rows.map(([, name, code]) => [name, code]));
  const reasons = Object.values(ErrorReason).filter(
    (value): value is ErrorReason => typeof value === 'number' && value !== ErrorReason.UNSPECIFIED,
  );
  expect([...documented.keys()].sort()).toEqual(reasons.map(reasonName).sort());
  for (const name of documented.keys()) {
    const reason = reasonNamed(name ?? '');
    expect([name, documented.get(name)]).toEqual([name, reason && status[codeOf(reason)]]);
  }
});
