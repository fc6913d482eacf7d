// The README claims of defence what docs/evidence.md says, which its script makes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';

const read = (...path: string[]) => readFileSync(join(packageRoot(), ...path), 'utf8');

it('the README claims what the evidence says', () => {
  const [, gain, low, high] =
    /^\| dtms \| (\S+) \[(\S+), (\S+)\] \|/m.exec(read('docs', 'evidence.md')) ?? [];
  const [, alone, defended] =
    /^\| BTCUSD 2025 H1, M15 \| [^|]+ \| [^|]+ \| (\S+) → (\S+) \|/m.exec(read('docs', 'evidence.md')) ?? [];
  expect([gain, low, high, alone, defended]).not.toContain(undefined);
  const readme = read('README.md').replaceAll('\n', ' ');
  expect(readme).toContain(`mean result by ${gain} R, 95% interval ${low} to ${high}`);
  expect(readme).toContain(`the worst 5% improve from ${alone} R to ${defended} R`);
});
