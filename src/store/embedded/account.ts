// Owns the user Postgres runs as, which is never root. When DTMS runs as root, the embedded one runs as a
// user without rights, and can only use folders that user can reach.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface SystemAccount {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: SystemAccount = { uid: 65_534, gid: 65_534 };
/** In this order: the user a Postgres package made, else one of our own. */
const NAMES = ['postgres', 'dtms'];

function namedAccount(name: string): SystemAccount | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/**
 * The account to run Postgres as; undefined when DTMS is not root and runs it as itself.
 *
 * @param existing - the data folder, where there is one: whoever owns it goes on.
 */
export function postgresAccount(existing: string | undefined): SystemAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existing !== undefined) {
    const { uid, gid } = statSync(existing);
    if (uid !== 0) return { uid, gid };
  }
  for (const name of NAMES) {
    const known = namedAccount(name);
    if (known !== undefined) return known;
  }
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'dtms']);
  return namedAccount('dtms') ?? NOBODY;
}

function mayEnter(folder: string, { uid, gid }: SystemAccount): boolean {
  const stats = statSync(folder);
  const bit = stats.uid === uid ? 0o100 : stats.gid === gid ? 0o010 : 0o001;
  return (stats.mode & bit) !== 0;
}

/** The first folder from the root to `folder` that the account cannot enter; undefined when it can reach it. */
export function barrier(folder: string, account: SystemAccount): string | undefined {
  const parent = dirname(folder);
  const above = parent === folder ? undefined : barrier(parent, account);
  return above ?? (mayEnter(folder, account) ? undefined : folder);
}
