// Owns finding who listens on a port: the first question of whoever is told that it is taken.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** Such as "process 1234 (node dist/src/cli.js serve)"; undefined where the system does not tell. */
export function portHolder(port: number): string | undefined {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listenersOn(port, table)));
  if (sockets.size === 0) return undefined;
  const pid = entries('/proc').find((name) => /^\d+$/.test(name) && holdsOne(name, sockets));
  if (pid === undefined) return undefined;
  const command = text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return `process ${pid} (${command.slice(0, 100)})`;
}

/** The names of the listening sockets in one of Linux's tables, as a process's descriptors have them. */
function listenersOn(port: number, table: string): string[] {
  return text(`/proc/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state]) =>
        state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port,
    )
    .map((columns) => `socket:[${columns[9]}]`);
}

function holdsOne(pid: string, sockets: ReadonlySet<string>): boolean {
  return entries(`/proc/${pid}/fd`).some((descriptor) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    } catch {
      return false;
    }
  });
}

/** Empty where it is another's, gone, or there is no such thing on this system. */
function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
