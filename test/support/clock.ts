// Clocks that can be moved: libfaketime, loaded into a program, makes its date another one, and leaves alone the time that
// passes, timers, and the times of files.
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fault } from './fault-count.js';

const LIBRARY = ['/usr/lib', '/usr/lib64', '/usr/local/lib']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
  .map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'))
  .find((path) => existsSync(path));

/** Why no clock can be moved here; empty where it can. */
export const NO_CLOCKS = LIBRARY === undefined ? 'libfaketime' : '';

/** How long a program goes on by the clock it has read, s. */
const CACHE_S = 1;

/** The date of the programs that are started with its environment. */
export class MovableClock {
  readonly #path: string;

  /** @param folder - which those programs can read. */
  constructor(folder: string, name: string) {
    this.#path = join(folder, `${name}.clock`);
    this.#write(0);
  }

  /** What a program is started with; nothing where no clock can be moved. */
  get environment(): Readonly<Record<string, string>> {
    if (LIBRARY === undefined) return {};
    return {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.#path,
      FAKETIME_CACHE_DURATION: String(CACHE_S),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** A program in the place of another, which it starts with this clock. */
  wrap(program: string): string {
    const path = `${this.#path}.sh`;
    const set = Object.entries(this.environment).map(([name, value]) => `export ${name}='${value}'`);
    writeFileSync(path, ['#!/bin/sh', ...set, `exec '${program}' "$@"`, ''].join('\n'));
    chmodSync(path, 0o755);
    return path;
  }

  /** Moves it by hours from the true time, for good; resolves when the programs know it. */
  async move(hours: number): Promise<void> {
    if (hours !== 0) fault('clocks moved');
    this.#write(hours);
    await sleep(CACHE_S * 1000);
  }

  #write(hours: number): void {
    writeFileSync(this.#path, `${hours < 0 ? '-' : '+'}${Math.abs(hours)}h\n`);
    chmodSync(this.#path, 0o644);
  }
}
