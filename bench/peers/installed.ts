// Where peers are installed, if they are.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Debian keeps servers in folders that are not on everybody's PATH. */
const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin'];

/** The program of a name; undefined where there is none. */
export function installed(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
