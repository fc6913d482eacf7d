// A share of a core for a process under measurement, so that what several servers do together can be compared with what one
// does on a machine that has fewer cores than servers: a control group of Linux, version 1 or 2. The shares are the same for
// all, so ratios hold; absolute numbers do not.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
const PERIOD_MICROS = 20_000;

/** What is written where, to bound a group by its quota in each period. */
interface Flavour {
  readonly parent: string;
  readonly limits: (quotaMicros: number) => readonly (readonly [file: string, text: string])[];
}

const FLAVOURS: readonly Flavour[] = [
  {
    parent: join(ROOT, 'cpu'),
    limits: (quota) => [
      ['cpu.cfs_period_us', String(PERIOD_MICROS)],
      ['cpu.cfs_quota_us', String(quota)],
    ],
  },
  { parent: ROOT, limits: (quota) => [['cpu.max', `${quota} ${PERIOD_MICROS}`]] },
];

let made = 0;

export class ProcessorShare {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Bounds a process to a share of one core.
   *
   * @param share - 0.25 is a quarter of a core.
   * @returns why it cannot be, where this system or this user makes no such groups.
   */
  static of(pid: number, share: number): ProcessorShare | string {
    const flavour = FLAVOURS.find(({ parent }) => existsSync(join(parent, 'cgroup.procs')));
    if (flavour === undefined) return 'no control groups on this system';
    made += 1;
    const folder = join(flavour.parent, `dtms-bench-${process.pid}-${made}`);
    try {
      mkdirSync(folder);
      const bounded = new ProcessorShare(folder);
      for (const [file, text] of flavour.limits(Math.round(share * PERIOD_MICROS)))
        writeFileSync(join(folder, file), text);
      writeFileSync(join(folder, 'cgroup.procs'), String(pid));
      return bounded;
    } catch (error) {
      return `no control group can be made here: ${error instanceof Error ? error.message : error}`;
    }
  }

  /** Removes the group; its process must be gone. */
  remove(): void {
    if (readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').trim() === '') rmdirSync(this.#folder);
  }
}
