// The program `dtms` called in this process: what it says and how it ends, without the start of a process. How it is
// started and ended by a shell is for test/support/cli-process.ts.
import { Readable, Writable } from 'node:stream';
import { runProgram } from '../../src/cli/program.js';
import type { Outcome } from './cli-process.js';

class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs it with these arguments, and nobody at a terminal. */
export async function dtmsHere(args: readonly string[]): Promise<Outcome> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const code = await runProgram(args, { stdin: Readable.from([]), stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}
