import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { awaitFailpoints } from './test/support/await-plugin.js';

/** How many times its usual runs each property has: see test/support/properties.ts. */
const propertyRuns = Number(process.env.DTMS_PROPERTY_RUNS ?? 1);

const PURE = ['test/unit/**/*.test.ts', 'test/house/**/*.test.ts', 'test/traps/**/*.test.ts'];

/** Loads the program with a failpoint at every await. */
const AWAITS = ['test/fault/await-failpoints.test.ts'];

/** The longest files, longest first: begun last, one of them would keep one core waiting for the others. */
const LONG = [
  'dashboard',
  'replay',
  'python-client',
  'stopping',
  'commands',
  'simulation',
  'broker-faults',
  'pages',
  'cli',
  'embedded',
  'schedule',
  'neighbours',
  'paper',
  'mt5-bridge',
  'failures',
  'ownership-race',
  'living-demo',
  'demo',
  'study',
  'go',
  'push-through-losses',
  'soak',
  'start',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.indexOf(basename(moduleId, '.test.ts'));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    // Every file stops what it started, so files may share a process: the program is imported once per worker and
    // project, not once per file, which was a quarter of the suite's time.
    isolate: false,
    // A larger young generation: a sixth of a worker's time was collecting garbage.
    execArgv: ['--max-semi-space-size=64'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: propertyRuns === 1 ? [] : ['test/support/properties.ts'],
    testTimeout: 60_000 * propertyRuns,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    // On two cores: a third of the time a test waits, for a lease to end or a process to start.
    maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'pure', include: PURE } },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          exclude: [...PURE, ...AWAITS],
        },
      },
      { extends: true, plugins: [awaitFailpoints()], test: { name: 'awaits', include: AWAITS } },
    ],
  },
});
