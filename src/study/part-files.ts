// Owns the files of parts that are done: a study that was killed goes on with those that are not.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartOutcome } from './parts.js';

export class PartFiles {
  readonly #folder: string;

  /** Makes the folder where it is missing. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** What was computed under a key; null where nothing was, or not to its end. */
  read(key: string): PartOutcome | null {
    try {
      return JSON.parse(readFileSync(this.#path(key), 'utf8'));
    } catch (error) {
      if (error instanceof SyntaxError || Reflect.get(Object(error), 'code') === 'ENOENT') return null;
      throw error;
    }
  }

  /** Whole, or not at all: whoever is killed meanwhile leaves no half of it under the key. */
  write(key: string, outcome: PartOutcome): void {
    const path = this.#path(key);
    const whole = `${path}.${process.pid}`;
    writeFileSync(whole, JSON.stringify(outcome));
    renameSync(whole, path);
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.json`);
  }
}
