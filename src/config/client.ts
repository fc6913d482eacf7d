// Owns what the environment tells the command line as a client: the server, its API key, and files for TLS. The key is
// nowhere else, so that no list of processes and no shell's history has it.
import { type Env, variablesOf } from './environment.js';
import { withSecretFiles } from './secret-files.js';

const KEY = 'DTMS_API_KEY';

/**
 * DTMS_API_KEY, or what is in the file DTMS_API_KEY_FILE names; undefined when neither is set.
 * @throws Error when the file cannot be read, or both are set.
 */
export function clientKey(env?: Env): string | undefined {
  const problems: string[] = [];
  const { [KEY]: key } = withSecretFiles(variablesOf(env), [KEY], problems);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return key;
}

/** DTMS_SERVER, host:port or https://host:port; undefined when it is not set or empty. */
export function clientServer(env?: Env): string | undefined {
  return variablesOf(env).DTMS_SERVER;
}

/** Files, in PEM, by their paths; undefined where one is not set or empty. */
export interface ClientFiles {
  /** DTMS_CLIENT_CA: who signed the server's certificate, instead of those Node trusts. */
  readonly ca: string | undefined;
  /** DTMS_CLIENT_CERT and DTMS_CLIENT_KEY: the caller's own certificate, for a server that asks for one. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export function clientFiles(env?: Env): ClientFiles {
  const { DTMS_CLIENT_CA: ca, DTMS_CLIENT_CERT: cert, DTMS_CLIENT_KEY: key } = variablesOf(env);
  return { ca, cert, key };
}
