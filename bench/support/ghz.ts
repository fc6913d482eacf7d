// Finds or builds ghz and runs one of the configurations of bench/ghz with it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from './root.js';

const MODULE = 'github.com/bojand/ghz/cmd/ghz';
/** The version the configurations were written for, then whatever the module proxy has. */
const VERSIONS = ['v0.120.0', 'latest'];
const TOOLS = join(ROOT, 'build', 'tools');
const PROGRAM = process.platform === 'win32' ? 'ghz.exe' : 'ghz';

/** A configuration file as far as it is looked into; the rest is ghz's. */
interface GhzConfig {
  readonly total: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What ghz reports, as far as it is used. */
export interface GhzReport {
  readonly count: number;
  readonly rps: number;
  readonly p99Ms: number;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function go(args: readonly string[], env: Readonly<Record<string, string>> = {}): string | undefined {
  try {
    return execFileSync('go', [...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** The path of ghz: on PATH, where Go puts programs, or built once into build/tools; undefined when none works. */
export function findGhz(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), TOOLS];
  const goBin = go(['env', 'GOBIN']);
  const goPath = go(['env', 'GOPATH']);
  if (goBin !== undefined && goBin !== '') folders.push(goBin);
  if (goPath !== undefined && goPath !== '') folders.push(join(goPath, 'bin'));
  const found = folders.map((folder) => join(folder, PROGRAM)).find(isProgram);
  if (found !== undefined || goPath === undefined) return found;

  process.stderr.write('  building ghz into build/tools ...\n');
  mkdirSync(TOOLS, { recursive: true });
  const built = VERSIONS.some(
    (version) => go(['install', `${MODULE}@${version}`], { GOBIN: TOOLS }) !== undefined,
  );
  return built ? join(TOOLS, PROGRAM) : undefined;
}

/** Why ghz's part is left out when findGhz() finds none. */
export const GHZ_MISSING = `ghz is not on PATH and Go could not build it; with Go: go install ${MODULE}@latest`;

/** A configuration's own number of calls. */
export function ghzTotal(name: string): number {
  return read(name).total;
}

function read(name: string): GhzConfig {
  return JSON.parse(readFileSync(join(ROOT, 'bench', 'ghz', `${name}.json`), 'utf8'));
}

export interface GhzRun {
  readonly program: string;
  /** A file of bench/ghz without its ending. */
  readonly config: string;
  readonly address: string;
  /** Calls to make. */
  readonly total: number;
  /** Stands in for the configuration's data. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Statuses that are no failure. */
  readonly accepted: readonly string[];
  /** Where the configuration as it is run is kept. */
  readonly folder: string;
}

/** Runs a configuration. @throws Error when a call ended with a status that is not accepted. */
export async function runGhz(run: GhzRun): Promise<GhzReport> {
  const config = {
    ...read(run.config),
    total: run.total,
    ...(run.data === undefined ? {} : { data: run.data }),
  };
  const file = join(run.folder, `${run.config}.json`);
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(run.program, ['--config', file, '--format', 'json', run.address], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(`ghz ended with ${code} for bench/ghz/${run.config}.json`);
  const report = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  const failed = Object.keys(report.statusCodeDistribution).filter(
    (status) => !run.accepted.includes(status),
  );
  if (failed.length > 0) {
    throw new Error(`bench/ghz/${run.config}.json: ${JSON.stringify(report.errorDistribution)}`);
  }
  const latencies: readonly { percentage: number; latency: number }[] = report.latencyDistribution;
  const p99 = latencies.find(({ percentage }) => percentage === 99)?.latency ?? Number.NaN;
  return { count: report.count, rps: report.rps, p99Ms: p99 / 1e6 };
}

/** The register configuration's data for another account: its tickets are new there. */
export function registerDataFor(account: string): Readonly<Record<string, unknown>> {
  const { trade } = read('register').data;
  return { trade: { ...Object(trade), account } };
}
