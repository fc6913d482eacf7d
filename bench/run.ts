// `npm run bench`: runs each benchmark in a process of its own, one after the other, writes the results
// and prints them beside the baseline. Missed targets and noise do not fail it; a benchmark that does
// not work does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchmarkOutput } from './support/benchmark.js';
import type { Measurement } from './support/measurement.js';
import { report } from './support/report.js';
import { type Results, readResults, thisCommit, thisMachine, writeResults } from './support/results.js';
import { ROOT } from './support/root.js';

const BENCHMARKS: readonly { readonly name: string; readonly about: string }[] = [
  { name: 'engine', about: 'trade evaluations on one core, in memory' },
  { name: 'register', about: 'durable RegisterTrade at concurrency 100, against the echo' },
  { name: 'get', about: 'GetTrade at concurrency 100, against the echo' },
  { name: 'hop', about: 'a call through a server that does not lead, against one at the leader' },
  { name: 'chain', about: 'the echo behind the whole chain, against the bare echo' },
  {
    name: 'observability',
    about: 'the server as it ships and is looked at, against it without metrics, log and HTTP',
  },
  { name: 'journal', about: 'registrations and quotes with the journal, against a server that keeps none' },
  { name: 'batch', about: 'BatchRegisterTrades, 1,000 trades a call' },
  { name: 'wal', about: "bytes of Postgres' own log for each trade that changes" },
  { name: 'lease', about: '1,000 pending actions leased, begun and reported, against bare updates' },
  {
    name: 'bar-to-lease',
    about: 'a closing bar on which all trades act: the first and the last action that bridges have on lease',
  },
  { name: 'bar-to-watch', about: 'the same to a watcher: the first and the last event' },
  { name: 'storm', about: 'other calls while a closing bar is decided on 10,000 trades, against none' },
  { name: 'fan-out', about: 'WatchTrades to many watchers, against raw streaming' },
  {
    name: 'catch-up',
    about: 'other calls while 60 watches resume from the beginning of the log, against none',
  },
  { name: 'restore', about: '100,000 active trades: a closing bar, a restart, memory' },
  { name: 'growth', about: 'calls with an empty log, behind a million events, and with 100,000 trades more' },
  { name: 'takeover', about: '100,000 active trades: a leader that is killed, or hands over, to the next' },
  {
    name: 'peers',
    about: 'durable appends and fan-out against etcd and NATS JetStream, where they are installed',
  },
  { name: 'servers', about: 'reads and watches of two servers, each with a share of a core, against one' },
  {
    name: 'watchers',
    about: '10,000 watches over three servers: memory of each, and from a commit to all of them',
  },
  { name: 'looks', about: 'the server while 50 pages of the dashboard are open, against it alone' },
  { name: 'ghz', about: 'the configurations of bench/ghz, against the echo' },
];

const HELP = `npm run bench -- [options]
  --smoke          small amounts: shows in seconds that all of it works
  --only NAME      only this benchmark; may be given more than once
  --json FILE      where the results go (default: bench/results/latest/results.json)
  --baseline FILE  what to compare with (default: the last of bench/baseline)
  --profile FOLDER the measured servers leave CPU profiles there
  --help
Benchmarks:
${BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(13)} ${about}`).join('\n')}
`;

/** The committed baseline with the last name. */
function lastBaseline(): string | undefined {
  const folder = join(ROOT, 'bench', 'baseline');
  if (!existsSync(folder)) return undefined;
  const last = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1);
  return last === undefined ? undefined : join(folder, last);
}

/** Runs one benchmark; undefined when it failed, and it has said why. */
async function runBenchmark(name: string, flags: readonly string[]): Promise<BenchmarkOutput | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-bench-out-'));
  const out = join(folder, 'out.json');
  try {
    const script = join(import.meta.dirname, 'benchmarks', `${name}.js`);
    const child = spawn(process.execPath, [script, ...flags, '--out', out], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code, signal]: unknown[] = await once(child, 'exit');
    if (code === 0) return JSON.parse(readFileSync(out, 'utf8'));
    process.stderr.write(`${name} ended with ${signal ?? `exit code ${code}`}\n`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      smoke: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string', default: join(ROOT, 'bench', 'results', 'latest', 'results.json') },
      baseline: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = values.only.filter((name) => !BENCHMARKS.some((known) => known.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`no benchmark is named ${unknown.join(', ')}\n${HELP}`);
    return 2;
  }
  // Small amounts compare with nothing, unless somebody insists.
  const baselineFile = values.baseline ?? (values.smoke ? undefined : lastBaseline());
  const baseline = baselineFile === undefined ? null : readResults(baselineFile);

  const startedAt = new Date().toISOString();
  const chosen = BENCHMARKS.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  const flags = [
    ...(values.smoke ? ['--smoke'] : []),
    ...(values.profile === undefined ? [] : ['--profile', values.profile]),
  ];
  const measurements: Measurement[] = [];
  const skipped: string[] = [];
  const failed: string[] = [];
  for (const { name, about } of chosen) {
    process.stderr.write(`${name}: ${about} ...\n`);
    const output = await runBenchmark(name, flags);
    if (output === undefined) failed.push(name);
    measurements.push(...(output?.measurements ?? []));
    skipped.push(...(output?.skipped ?? []));
  }

  const results: Results = {
    startedAt,
    commit: thisCommit(),
    machine: thisMachine(),
    smoke: values.smoke,
    measurements,
    skipped,
  };
  writeResults(values.json, results);
  process.stdout.write(`${report(results, baseline)}\n${values.json}\n`);
  if (failed.length > 0) process.stderr.write(`did not work: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
