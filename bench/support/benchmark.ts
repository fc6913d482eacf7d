// The frame of a benchmark's process: reads its options, runs it, writes its measurements.
//
// A benchmark is a program of its own, started by run.ts as
//   node dist/bench/benchmarks/NAME.js [--smoke] [--profile FOLDER] --out FILE
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Measurement } from './measurement.js';

/** How much a benchmark does. */
export interface Effort {
  /** Interleaved pairs after the warm-up. */
  readonly pairs: number;
  /** Picks between the full amount and the one of a smoke run, which only shows that all of it works. */
  amount(full: number, smoke: number): number;
  /** Where servers leave CPU profiles; undefined when none are wanted. */
  readonly profileFolder: string | undefined;
}

/** What a benchmark's process writes to its `--out` file. */
export interface BenchmarkOutput {
  readonly measurements: readonly Measurement[];
  /** What could not be measured, each with its reason. */
  readonly skipped: readonly string[];
}

/** Runs a benchmark as the main program of this process. */
export async function benchmarkMain(run: (effort: Effort) => Promise<BenchmarkOutput>): Promise<void> {
  const { values } = parseArgs({
    options: {
      smoke: { type: 'boolean', default: false },
      profile: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const { smoke, profile, out } = values;
  const output = await run({
    pairs: smoke ? 1 : 5,
    amount: (full, small) => (smoke ? small : full),
    profileFolder: profile,
  });
  const text = `${JSON.stringify(output, null, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
}
