// Owns which process is which. Process ids are used again, so a number from a file proves nothing by itself.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LINUX = process.platform === 'linux';

/** Fields of /proc/<pid>/stat from the state on: the name before them may hold anything. */
function procStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** True while the system has a process of this number, also one that has ended. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && Reflect.get(error, 'code') === 'EPERM';
  }
}

/**
 * True while the process runs. One that has ended and only waits for its parent to notice does not: in
 * a container without an init process an orphan waits for ever.
 */
export const isAlive = (pid: number): boolean => exists(pid) && (!LINUX || procStat(pid)?.[0] !== 'Z');

/** When the process started, in whatever form the system tells it: with the pid it names one process. */
export function startOf(pid: number): string {
  return LINUX ? (procStat(pid)?.[19] ?? '') : ps(pid, 'lstart');
}

function commandLine(pid: number): string {
  if (!LINUX) return ps(pid, 'command');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** What a running Postgres says of itself in its postmaster.pid. */
export interface PidFile {
  readonly pid: number;
  /** 0 until it is known. */
  readonly port: number;
  readonly ready: boolean;
}

const pidFilePath = (cluster: string): string => join(cluster, 'postmaster.pid');

function readPidFile(cluster: string): PidFile | undefined {
  try {
    const lines = readFileSync(pidFilePath(cluster), 'utf8').split('\n');
    const pid = Number(lines[0]);
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

/** The Postgres that runs on this cluster; undefined when none does. */
export function runningPostmaster(cluster: string): PidFile | undefined {
  const file = readPidFile(cluster);
  if (file === undefined || !isAlive(file.pid)) return undefined;
  if (process.platform === 'win32') return file;
  const command = commandLine(file.pid);
  return command.includes('postgres') && command.includes(cluster) ? file : undefined;
}

/** No system has a process of this number, and Postgres takes it as one that is gone. */
const NO_PROCESS = 2_000_000_000;

/**
 * After a crash the number in postmaster.pid may be that of another program, or of a process that has
 * ended and nobody waits for; Postgres would refuse to start. The rest of the file stays: by it Postgres finds out whether old backends still run.
 */
export function disarmStalePidFile(cluster: string): void {
  const file = readPidFile(cluster);
  if (file === undefined || !exists(file.pid) || runningPostmaster(cluster) !== undefined) return;
  const [, ...rest] = readFileSync(pidFilePath(cluster), 'utf8').split('\n');
  writeFileSync(pidFilePath(cluster), [String(NO_PROCESS), ...rest].join('\n'));
}
