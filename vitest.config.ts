import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { awaitFailpoints } from './test/support/await-plugin.js';
import { PATIENCE_MS } from './test/support/patience.js';

/** How many times its usual runs each property has: see test/support/properties.ts. */
const propertyRuns = Number(process.env.DTMS_PROPERTY_RUNS ?? 1);

/** Loads the program with a failpoint at every await. */
const AWAITS = ['test/fault/await-failpoints.test.ts'];

/** The longest files, longest first: begun last, one of them would keep one core waiting for the others. */
const LONG = [
  'dashboard/dashboard',
  'replay/replay',
  'examples/python-client',
  'cli/stopping',
  'house/commands',
  'simulation/simulation',
  'fault/broker-faults',
  'openapi/pages',
  'cli/cli',
  'store/embedded',
  'fault/schedule',
  'security/neighbours',
  'cli/paper',
  'examples/mt5-bridge',
  'cli/failures',
  'fault/ownership-race',
  'cli/living-demo',
  'cli/demo',
  'cli/study',
  'examples/go',
  'fault/push-through-losses',
  'client/soak',
  'rest/start',
];

/** Files without I/O are short: as the last ones they keep all cores at work to the end. */
const SHORT = /\/test\/(unit|house|traps)\//;

/**
 * Another project's file ends a worker, and with it the imports that its next file would have used: that project is
 * begun with.
 */
function rank({ moduleId, project }: TestSpecification): number {
  if (project.name === 'awaits') return -1;
  const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  if (at >= 0) return at;
  return LONG.length + Number(SHORT.test(moduleId));
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    // Every file stops what it started, so files may share a process: the program is imported once per worker, not once
    // per file, which was a quarter of the suite's time.
    isolate: false,
    // A larger young generation: a sixth of a worker's time was collecting garbage.
    execArgv: ['--max-semi-space-size=64'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: propertyRuns === 1 ? [] : ['test/support/properties.ts'],
    // Neither is reached but by what stands still: a busy machine is no failure.
    testTimeout: 3 * PATIENCE_MS * propertyRuns,
    hookTimeout: 3 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    sequence: { sequencer: LongestFirst },
    // On two cores: a third of the time a test waits, for a lease to end or a process to start.
    maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'tests', include: ['test/**/*.test.ts'], exclude: AWAITS } },
      { extends: true, plugins: [awaitFailpoints()], test: { name: 'awaits', include: AWAITS } },
    ],
  },
});
