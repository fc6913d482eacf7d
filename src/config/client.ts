// What the environment tells the command line as a client: the server, and its API key. The key is nowhere
// else, so that no list of processes and no shell's history has it.
import { type Env, variablesOf } from './environment.js';

/** DTMS_API_KEY; undefined when it is not set or empty. */
export function clientKey(env?: Env): string | undefined {
  return variablesOf(env).DTMS_API_KEY;
}

/** DTMS_SERVER, host:port; undefined when it is not set or empty. */
export function clientServer(env?: Env): string | undefined {
  return variablesOf(env).DTMS_SERVER;
}
