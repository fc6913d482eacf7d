// Owns how the command line reaches a server: in the clear, or by TLS when the address begins with https://.
import { readFileSync } from 'node:fs';
import type { DtmsClientOptions } from '../client/options.js';
import { type ClientFiles, clientFiles, clientKey } from '../config/client.js';
import { CommandError, EXIT } from './exit.js';

const SECURE = 'https://';

/**
 * @param address - host:port, of several servers all of them, after https:// where they have TLS.
 * @throws CommandError when a file cannot be used.
 */
export async function connection(
  address: string,
): Promise<Pick<DtmsClientOptions, 'address' | 'apiKey' | 'credentials'>> {
  const apiKey = clientKey();
  if (!address.startsWith(SECURE)) return { address, apiKey };
  const addresses = address.split(',').map((each) => each.trim().replace(SECURE, ''));
  return { address: addresses.join(','), apiKey, credentials: await secured(clientFiles()) };
}

/** What is in the files for TLS; null where a variable names none. @throws CommandError when one cannot be read. */
export function tlsFiles({ ca, cert, key }: ClientFiles = clientFiles()) {
  return {
    ca: contents('DTMS_CLIENT_CA', ca),
    key: contents('DTMS_CLIENT_KEY', key),
    cert: contents('DTMS_CLIENT_CERT', cert),
  };
}

async function secured(files: ClientFiles) {
  const { credentials } = await import('@grpc/grpc-js');
  const { ca, key, cert } = tlsFiles(files);
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const names = 'DTMS_CLIENT_CA, DTMS_CLIENT_CERT or DTMS_CLIENT_KEY';
    throw new CommandError(`the files of ${names} cannot be used: ${cause}`, EXIT.usage, { cause: error });
  }
}

function contents(variable: string, path: string | undefined): Buffer | null {
  if (path === undefined) return null;
  try {
    return readFileSync(path);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${variable}: ${path} cannot be read: ${cause}`, EXIT.usage, { cause: error });
  }
}
