// Owns the processes that compute a study's parts beside each other: each gets the next part when it has done one.
import { type ChildProcess, fork } from 'node:child_process';
import type { Rules } from '../domain/rules.js';
import { PartFiles } from './part-files.js';
import { type PartOutcome, partKey, partName, partsOf, type StudyPart } from './parts.js';
import { checkSets } from './readable-sets.js';
import type { Study } from './study-file.js';
import type { PartOrder, WorkerSetting } from './worker.js';

/** A part that could not be computed. */
export class StudyPartError extends Error {
  override readonly name = 'StudyPartError';
}

export interface StudyRun {
  readonly study: Study;
  readonly rules: Rules;
  /** Of the parts that are done. */
  readonly folder: string;
  /** Parts of another program are computed again. */
  readonly program: string;
  readonly processes: number;
  /** Those to be computed; all of the study when absent. */
  readonly parts?: readonly StudyPart[];
  /** Called at the start and after each part: how many of all are done. */
  readonly onProgress?: (done: number, all: number) => void;
}

export interface DonePart {
  readonly part: StudyPart;
  readonly outcome: PartOutcome;
}

/** Computes what is not there yet, and answers every part. @throws UnreadableSetsError, StudyPartError */
export async function runParts(run: StudyRun): Promise<readonly DonePart[]> {
  const { study, rules, folder, program, onProgress } = run;
  const files = new PartFiles(folder);
  const orders = (run.parts ?? partsOf(study)).map((part) => ({
    part,
    key: partKey(part, study, rules, program),
  }));
  const waiting = orders.filter(({ key }) => files.read(key) === null);
  const toRead = new Set(waiting.map(({ part }) => part.set));
  checkSets(
    study,
    study.sets.filter(({ name }) => toRead.has(name)),
    rules,
  );
  let done = orders.length - waiting.length;
  onProgress?.(done, orders.length);
  const count = Math.min(run.processes, waiting.length);
  const setting: WorkerSetting = { study, rules, folder };
  const workers = Array.from({ length: count }, () => begun(setting));
  try {
    const work = async (worker: ChildProcess) => {
      for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) {
        await compute(worker, order);
        done += 1;
        onProgress?.(done, orders.length);
      }
    };
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.kill();
  }
  return orders.map(({ part, key }) => {
    const outcome = files.read(key);
    if (outcome === null) throw new StudyPartError(`${partName(part)}: its file is gone`);
    return { part, outcome };
  });
}

function begun(setting: WorkerSetting): ChildProcess {
  const worker = fork(new URL('./worker.js', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  worker.send(setting);
  return worker;
}

function compute(worker: ChildProcess, order: PartOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new StudyPartError(`${partName(order.part)}: ${why}`));
    const gone = (code: number | null) => fail(`its process ended with ${code ?? 'a signal'}`);
    worker.once('exit', gone);
    worker.once('message', (why) => {
      worker.off('exit', gone);
      if (why === '') resolve();
      else fail(String(why));
    });
    worker.send(order);
  });
}
