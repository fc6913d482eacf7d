// Owns whose folder a demo plays in: a mark says it is a demo's, since its settings forget history and ask for no key.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../exit.js';

export const DEMO_FOLDER = '.dtms/demo';
const MARK = 'demo.txt';

/** Marks a folder without a database as a demo's. @throws CommandError when the database in it is a service's */
export function takeFolder(dataDir: string): void {
  const mark = join(dataDir, MARK);
  if (existsSync(mark)) return;
  if (dataDir !== DEMO_FOLDER && existsSync(join(dataDir, 'postgres')))
    throw new CommandError(
      `the database in ${dataDir} was not made by dtms demo, which forgets history and asks for no key: choose another folder with --data-dir`,
    );
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(mark, 'A made-up market of dtms demo. Not for a service.\n');
}
