// Owns how the command line reaches a server: in the clear, or by TLS when the address begins with https://.
import { readFileSync } from 'node:fs';
import type { DtmsClientOptions } from '../client/options.js';
import { type ClientFiles, clientFiles, clientKey } from '../config/client.js';
import { CommandError, EXIT } from './exit.js';

const SECURE = 'https://';
/** A name that gRPC resolves by itself: dns:///dtms:50051, unix:/run/dtms, ipv4:10.0.0.1:50051. */
const RESOLVED = /^(?:dns|unix|unix-abstract|ipv4|ipv6|xds):/;
const HOST_PORT = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:/?#@[\]]+):(\d{1,5})$/;

/**
 * @param address - host:port, of several servers all of them, after https:// where they have TLS.
 * @throws CommandError when it is no such address, or a file cannot be used.
 */
export async function connection(
  address: string,
): Promise<Pick<DtmsClientOptions, 'address' | 'apiKey' | 'credentials'>> {
  const apiKey = clientKey();
  const isSecure = address.startsWith(SECURE);
  const named = address.split(',').map((each) => each.trim().replace(SECURE, ''));
  const addresses = named.filter((each) => each !== '');
  if (!RESOLVED.test(address))
    for (const each of addresses.length === 0 ? [''] : addresses) refuseOdd(each, isSecure);
  if (!isSecure) return { address, apiKey };
  return { address: addresses.join(','), apiKey, credentials: await secured(clientFiles()) };
}

/** @throws CommandError unless it is a host with the port of its gRPC, which of TLS has a usual one. */
function refuseOdd(address: string, isSecure: boolean): void {
  const port = HOST_PORT.exec(isSecure && !address.includes(':') ? `${address}:443` : address)?.[1];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return;
  const [, host = ''] = /^http:\/\/([^/?#]*)/i.exec(address) ?? [];
  const hint = HOST_PORT.test(host) ? `, such as ${host}` : ', such as 127.0.0.1:50051';
  const text = `${address === '' ? 'an empty text' : address} is no address of a server: write the host and port of its gRPC${hint}`;
  throw new CommandError(`${text}; with TLS, https:// before them`, EXIT.usage);
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
