// Counts the faults that tests let befall the program, by kind: global-setup.ts tells them at the end of a run.
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-files.js';

const FOLDER = join(packageRoot(), 'build', 'faults');
/** Tells the workers of a run where to count. */
const VARIABLE = 'DTMS_COUNTED_FAULTS';

/** Counts a fault at the moment it is done. */
export function fault(kind: string, times = 1): void {
  const path = process.env[VARIABLE];
  if (path !== undefined && times > 0) appendFileSync(path, `${kind}\n`.repeat(times));
}

/** Begins to count. */
export function countFaults(): void {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `counted-${process.pid}`);
  rmSync(path, { force: true });
  process.env[VARIABLE] = path;
}

/** How many there were, in all and by kind, once; empty when there was none. */
export function countedFaults(): string {
  const path = process.env[VARIABLE] ?? '';
  if (!existsSync(path)) return '';
  const kinds = new Map<string, number>();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  rmSync(path);
  for (const kind of lines) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const told = [...kinds]
    .sort(([, one], [, other]) => other - one)
    .map(([kind, times]) => `${times} ${kind}`);
  return `${lines.length} faults: ${told.join(', ')}`;
}
