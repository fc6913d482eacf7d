// Runs Schemathesis against the real service over its served OpenAPI document, and counts.
//
//   npm run test:api                           60 cases per operation
//   node scripts/schemathesis.mjs --short      10, for CI
//   node scripts/schemathesis.mjs --cases 100 --seed 7
//
// Needs a build and Python 3; Schemathesis is installed into build/schemathesis. Without Python, or when it
// cannot be installed, it says so and ends well, unless --required. The report is build/api/report.md; what
// was wrong is in build/api/schemathesis.txt, and the exit code is 1.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startTarget } from './schemathesis-target.mjs';
import { fromPython, root } from './tools.mjs';

const VERSION = 'schemathesis==4.32.5';
const out = join(root, 'build', 'api');

/**
 * Checks that are left out, with the reason.
 *
 * negative_data_rejection: the JSON rules of protobuf take more than the one form the document names: numbers
 * for 64-bit integers, an enum's number, null for absent, names in snake_case. That the document refuses what
 * the protos refuse is a property test of its own (test/unit/openapi/rules.test.ts).
 * positive_data_acceptance: a trade that does not exist and a stop on the wrong side are 404 and 400 by right.
 * missing_required_header, use_after_free, ensure_resource_availability, object_level_authorization: they
 * look for headers and links that the interface has not.
 */
const LEFT_OUT = [
  'negative_data_rejection',
  'positive_data_acceptance',
  'missing_required_header',
  'use_after_free',
  'ensure_resource_availability',
  'object_level_authorization',
];

/** Operations that are not called: streams do not end by themselves, and have tests of their own. */
const STREAMS = ['watchTrades', 'leaseActions', 'streamMarketData'];

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    cases: { type: 'string' },
    seed: { type: 'string' },
    required: { type: 'boolean', default: false },
  },
});
const cases = values.cases ?? (values.short ? '10' : '60');
const seed = values.seed ?? '1';

/** @param {string} program @param {Awaited<ReturnType<typeof startTarget>>} target */
async function run(program, target) {
  const args = ['run', `${target.url}/openapi.json`, '--url', target.url, '--no-color'];
  args.push('--header', `x-api-key:${target.key.text}`, '--max-examples', cases, '--seed', seed);
  args.push('--checks', 'all', '--exclude-checks', LEFT_OUT.join(','), '--continue-on-failure');
  // With more than one, Python's own parser fails now and then.
  args.push('--workers', '1', '--request-timeout', '20', '--generation-database', 'none');
  args.push('--phases', values.short ? 'examples,coverage' : 'examples,coverage,fuzzing');
  args.push('--generation-with-security-parameters', 'false');
  args.push('--suppress-health-check', 'all', '--report', 'ndjson', '--warnings', 'off');
  args.push('--report-ndjson-path', join(out, 'events.ndjson'));
  for (const id of STREAMS) args.push('--exclude-operation-id', id);
  const hooks = join(root, 'scripts', 'schemathesis_hooks.py');
  const env = { ...process.env, SCHEMATHESIS_HOOKS: hooks, DTMS_TEST_KEY_ID: target.key.id };
  const child = spawn(program, args, { cwd: out, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const log = createWriteStream(join(out, 'schemathesis.txt'));
  child.stdout.pipe(log);
  return new Promise((resolve) => child.on('close', resolve));
}

/** How many answers there were of each HTTP status, by the recorded calls. */
function answers() {
  const found = new Map();
  // It writes none when it could not begin.
  if (!existsSync(join(out, 'events.ndjson'))) return [];
  for (const line of readFileSync(join(out, 'events.ndjson'), 'utf8').split('\n')) {
    const { recorder } = Object.values(line === '' ? {} : JSON.parse(line))[0] ?? {};
    for (const { response } of Object.values(recorder?.interactions ?? {})) {
      const code = response?.status_code ?? 'none';
      found.set(code, (found.get(code) ?? 0) + 1);
    }
  }
  return [...found].sort(([a], [b]) => String(a).localeCompare(String(b)));
}

/** @param {unknown} status @param {readonly string[]} errors */
function report(status, errors) {
  const counted = answers();
  const total = counted.reduce((sum, [, count]) => sum + count, 0);
  const bad = counted.filter(([code]) => code === 'none' || code >= 500).reduce((sum, [, n]) => sum + n, 0);
  const verdict = status === 0 ? 'no check failed' : 'checks FAILED (schemathesis.txt)';
  const text = [
    `${VERSION}, ${cases} cases per operation, seed ${seed}: ${total} calls, ${bad} answered 5xx or not at all,`,
    `${verdict}, ${errors.length} errors logged.`,
    '',
    '| HTTP status | answers |',
    '|---|---|',
    ...counted.map(([code, count]) => `| ${code} | ${count} |`),
    '',
  ].join('\n');
  writeFileSync(join(out, 'report.md'), text);
  writeFileSync(join(out, 'errors.log'), errors.join(''));
  console.log(text);
  return status === 0 && bad === 0 && errors.length === 0 && total > 0;
}

const program = fromPython('schemathesis', VERSION, 'schemathesis');
if (program === undefined) {
  console.error('Schemathesis was not run: it needs Python 3 and a package index.');
  process.exit(values.required ? 1 : 0);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const target = await startTarget();
try {
  const status = await run(program, target);
  process.exitCode = report(status, target.errors) ? 0 : 1;
} finally {
  await target.stop();
}
