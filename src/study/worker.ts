// Owns a process that computes parts of a study, one after another, as it is told; it ends with the process that began it.
import type { Rules } from '../domain/rules.js';
import { PartFiles } from './part-files.js';
import { PartRunner, type StudyPart } from './parts.js';
import type { Study } from './study-file.js';

/** The first message. */
export interface WorkerSetting {
  readonly study: Study;
  readonly rules: Rules;
  readonly folder: string;
}

/** Every further one, answered with an empty text when it is done, or with why it failed. */
export interface PartOrder {
  readonly part: StudyPart;
  readonly key: string;
}

let runner: PartRunner | null = null;
let files: PartFiles | null = null;

async function obey(message: WorkerSetting | PartOrder): Promise<void> {
  if ('study' in message) {
    runner = new PartRunner(message.study, message.rules);
    files = new PartFiles(message.folder);
    return;
  }
  try {
    const outcome = await runner?.run(message.part);
    if (outcome !== undefined) files?.write(message.key, outcome);
    answer('');
  } catch (error) {
    answer(error instanceof Error ? error.message : String(error));
  }
}

/** Whoever began it may be gone by now. */
function answer(why: string): void {
  if (process.connected) process.send?.(why);
}

process.on('disconnect', () => process.exit());
process.on('message', (message: WorkerSetting | PartOrder) => {
  obey(message).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
