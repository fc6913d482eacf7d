// Owns the everyday failures, those of the machine and the database: each in a sentence with a way out.
import { portHolder } from './port-holder.js';

/** What the person can do about it; undefined of errors that are none of these. */
export function everydayFault(error: Error): string | undefined {
  const { code, syscall, path } = facts(error);
  if (error.name === 'StoreUnavailableError') return databaseFault(error);
  if (code === '42501')
    return `the database's user may not do that (${error.message}): grant it the right, or use its owner`;
  if (syscall === 'listen') return portFault(error);
  if (path !== undefined && typeof code === 'string') return fileFault(code, path);
  if (code === 'ENOSPC') return 'the disk is full: make room and start again';
  return undefined;
}

function portFault(error: Error): string | undefined {
  const { code, address, port } = facts(error);
  const place = `port ${port} of ${address}`;
  switch (code) {
    case 'EADDRINUSE': {
      const holder = portHolder(Number(port)) ?? 'another program';
      return `${place} is taken by ${holder}: stop it, or choose another port with --port or --http-port`;
    }
    case 'EACCES':
      return `${place} may only be used by root: choose one above 1023 with --port or --http-port`;
    case 'EADDRNOTAVAIL':
      return `${address} is no address of this machine: choose one with --host or --http-host`;
    default:
      return undefined;
  }
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it: change its rights, or choose another',
  EPERM: 'this user may not use it: change its rights, or choose another',
  ENOENT: 'there is no such file or folder: correct the path',
  ENOTDIR: 'it is below a file, not a folder: correct the path',
  EEXIST: 'there is a file where a folder should be: choose another',
  EISDIR: 'it is a folder, not a file: correct the path',
  EROFS: 'it cannot be written to (read-only): choose another',
  ENOSPC: 'the disk is full: make room and start again',
};

function fileFault(code: string, path: unknown): string | undefined {
  const fault = FILE_FAULTS[code];
  return fault === undefined ? undefined : `${path}: ${fault}`;
}

function databaseFault(error: Error): string {
  const { code, message } = facts(error.cause);
  switch (code) {
    case '28P01':
    case '28000':
      return `the database refuses us (${message}): correct user and password in DTMS_DATABASE_URL`;
    case '3D000':
      return `there is no such database (${message}): create it, or correct DTMS_DATABASE_URL`;
    default:
      return `${error.message}. Start it, or correct DTMS_DATABASE_URL`;
  }
}

/** What errors of the operating system and of Postgres say of themselves. */
function facts(error: unknown) {
  const read = (name: string): unknown => Reflect.get(Object(error), name);
  return {
    code: read('code'),
    syscall: read('syscall'),
    path: read('path'),
    address: read('address'),
    port: read('port'),
    message: read('message'),
  };
}
