// Owns where the embedded Postgres keeps its data: in the configured folder, or, when its user cannot reach
// that, in a system folder that a note in the configured one points to.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Logger } from '../../observability/logger.js';
import { EmbeddedDatabaseError } from '../errors.js';
import { barrier, type SystemAccount } from './account.js';

/** For what root's unprivileged user must reach. */
export const SYSTEM_FOLDER = '/var/lib/dtms';

const NOTE = 'postgres.location';

export const clusterFolder = (base: string): string => join(base, 'postgres');

/** The folder an earlier start chose; undefined before the first. @throws Error when it is gone. */
export function knownPlace(dataDir: string): string | undefined {
  const note = join(dataDir, NOTE);
  if (!existsSync(note)) return existsSync(clusterFolder(dataDir)) ? resolve(dataDir) : undefined;
  const base = readFileSync(note, 'utf8').trim();
  if (existsSync(base)) return base;
  throw new EmbeddedDatabaseError(
    `The database was in ${base}, which is gone. To begin with an empty one, delete ${note}`,
  );
}

/**
 * The folder for the cluster, made when it is not there.
 *
 * @throws Error when the data is where its user cannot reach it any more.
 */
export async function choosePlace(
  dataDir: string,
  account: SystemAccount | undefined,
  logger: Logger,
): Promise<string> {
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true, mode: account === undefined ? 0o700 : 0o755 });
  const known = knownPlace(folder);
  if (account === undefined) return known ?? folder;
  const blocked = barrier(known ?? folder, account);
  if (blocked === undefined) return known ?? folder;
  if (known !== undefined)
    throw new EmbeddedDatabaseError(
      `The user Postgres runs as (uid ${account.uid}) cannot enter ${blocked}: chmod o+x ${blocked}`,
    );
  // Named at random, so that deleting the configured folder begins anew instead of finding old data.
  const base = join(SYSTEM_FOLDER, randomBytes(8).toString('hex'));
  await mkdir(base, { recursive: true, mode: 0o755 });
  await writeFile(join(folder, NOTE), `${base}\n`);
  logger.info(
    { folder: base, reason: `uid ${account.uid} cannot enter ${blocked}` },
    'the embedded database lives in a system folder',
  );
  return base;
}
