// What each row of the security report found. A row is written to build/security, where
// scripts/security-report.mjs makes the table of them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-files.js';
import { FULL } from './scale.js';

export interface Row {
  /** What was tried, in words. */
  readonly name: string;
  /** How many inputs, calls or connections. */
  readonly tried: number;
  /** Times the server process ended. */
  readonly crashes: number;
  /** Answers with a code that such an input should not get, and calls without an answer. */
  readonly wrong: number;
  /** Answers that showed a stack, SQL, a path or a table. */
  readonly leaks: number;
  /** What else was measured. */
  readonly notes?: string;
}

/** Keeps a row for the report. */
export function report(row: Row): void {
  const folder = join(packageRoot(), 'build', 'security', FULL ? 'full' : 'short');
  mkdirSync(folder, { recursive: true });
  const file = `${row.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.json`;
  writeFileSync(join(folder, file), `${JSON.stringify(row)}\n`);
}
