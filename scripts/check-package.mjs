// Checks what `npm pack` makes of the built package: that its exports lead somewhere (publint) and that
// their types are found in the way their code is (are-the-types-wrong).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, root } from './tools.mjs';

/**
 * Whether a program ends well.
 *
 * @param {string} program
 * @param {readonly string[]} args
 */
function passes(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status === 0;
}

const folder = mkdtempSync(join(tmpdir(), 'dtms-package-'));
try {
  const packed = passes('npm', ['pack', '--silent', '--pack-destination', folder]);
  const [tarball] = readdirSync(folder);
  if (!packed || tarball === undefined) throw new Error('npm pack failed');
  const file = join(folder, tarball);
  const checks = [
    passes(bin('publint'), ['run', file, '--strict']),
    passes(bin('attw'), [
      file,
      '--no-emoji',
      // Resolution by Node 10's rules knows no exports; no Node that runs DTMS uses it.
      '--profile',
      'node16',
      // The package is ESM only. CommonJS programs load it by require(), which Node does for ESM since
      // 20.19, the oldest that DTMS runs on; the rule warns of Nodes that cannot.
      '--ignore-rules',
      'cjs-resolves-to-esm',
    ]),
  ];
  process.exitCode = checks.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
