// Runs the fault tests in full: `npm run test:faults -- --help` tells the kinds. The figures of the schedule are printed, and written to
// build/faults as a table and as JSON; the exit code is 1 when a test fails, and 2 for what there is no kind of.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run } from './tools.mjs';

const OPTIONS = /** @type {const} */ ({
  only: { type: 'string' },
  minutes: { type: 'string', default: '30' },
  seed: { type: 'string', default: '1' },
  servers: { type: 'string', default: '2' },
  help: { type: 'boolean', default: false },
});

const COURSES = { DTMS_FAULT_COURSES: 'everything,inCluster,withKeys,compacted,embedded' };

/** By kind: the tests, and what makes them take all of their cases. @type {Record<string, { tests: string[], env: Record<string, string> }>} */
const KINDS = {
  failpoints: { tests: ['test/fault/failpoints.test.ts'], env: { DTMS_FAILPOINTS: '5000', ...COURSES } },
  awaits: { tests: ['test/fault/await-failpoints.test.ts'], env: { DTMS_FAILPOINTS: '5000', ...COURSES } },
  simulation: { tests: ['test/simulation'], env: { DTMS_SIMULATIONS: '5000' } },
  schedule: { tests: ['test/fault/two-leaders.test.ts', 'test/fault/schedule.test.ts'], env: {} },
  balanced: { tests: ['test/fault/balanced.test.ts'], env: { DTMS_BALANCED: 'yes' } },
  rollout: { tests: ['test/fault/rollout.test.ts'], env: { DTMS_ROLLOUT: 'yes' } },
  notices: { tests: ['test/fault/notices.test.ts'], env: { DTMS_NOTICES: 'yes' } },
  patroni: { tests: ['test/fault/patroni.test.ts'], env: { DTMS_PATRONI: 'yes' } },
};

/** What befalls the servers of the schedule, as test/support/fault-stage.ts has it. */
const FAULTS = [
  ...['kill', 'terminate', 'freeze', 'backends', 'cut', 'silence', 'commit-answer-lost', 'postgres-killed'],
  ...['disk-full', 'slow-disk', 'compaction', 'server-clock', 'database-clock'],
];

const HELP = `npm run test:faults -- [--only kind] [--minutes n] [--seed n] [--servers n]

kinds: ${Object.keys(KINDS).join(', ')}
or one fault of the schedule: ${FAULTS.join(', ')}
All kinds without --only. --minutes is for the schedule and notices, --servers for the schedule.`;

/** @param {string} cause @returns {never} */
function refuse(cause) {
  console.error(`${cause}\n\n${HELP}`);
  process.exit(2);
}

/** What was asked for; what nothing is known of would run for minutes before it failed. */
function asked() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const { only } = values;
    if (only !== undefined && !Object.hasOwn(KINDS, only) && !FAULTS.includes(only))
      refuse(`there is no kind "${only}"`);
    for (const name of /** @type {const} */ (['seed', 'servers']))
      if (!/^[0-9]+$/.test(values[name])) refuse(`--${name} must be a whole number, not "${values[name]}"`);
    if (!/^[0-9]+(\.[0-9]+)?$/.test(values.minutes))
      refuse(`--minutes must be a number, not "${values.minutes}"`);
    return values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { only, minutes, seed, servers } = asked();
run('npm', ['run', '--silent', 'build']);
const folder = join(root, 'build', 'faults');
mkdirSync(folder, { recursive: true });
const results = join(folder, 'schedule.json');
rmSync(results, { force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const whole = only === undefined || Object.hasOwn(KINDS, only);
for (const [kind, { tests, env }] of Object.entries(KINDS)) {
  if (only !== undefined && kind !== (whole ? only : 'schedule')) continue;
  console.log(`\n${kind}, seed ${seed}`);
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...tests], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      ...env,
      DTMS_FAULT_SEED: seed,
      DTMS_FAULT_MINUTES: minutes,
      DTMS_FAULT_SERVERS: servers,
      ...(whole ? {} : { DTMS_FAULT_KIND: only }),
    },
  });
  if (status !== 0) process.exitCode = 1;
}
if (existsSync(results)) {
  const { kinds, ...told } = JSON.parse(readFileSync(results, 'utf8'));
  const sums = Object.entries(told).map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`);
  const rows = kinds.map(
    (/** @type {Record<string, number | string>} */ { kind, runs, p50, p99, max, silent, terms }) =>
      `| ${kind} | ${runs} | ${p50} | ${p99} | ${max} | ${silent} | ${terms} |`,
  );
  const table = [
    '| fault | runs | p50, ms | p99, ms | max, ms | longest silence, ms | most terms |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ];
  const text = `${sums.join(', ')}\n\n${table.join('\n')}\n`;
  writeFileSync(join(folder, 'report.md'), text);
  console.log(`\n${text}`);
}
