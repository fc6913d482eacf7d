// The API key of the command line as a client: from the environment only, so that no list of processes
// and no shell's history has it.
import { type Env, variablesOf } from './environment.js';

/** DTMS_API_KEY; undefined when it is not set or empty. */
export function clientKey(env?: Env): string | undefined {
  return variablesOf(env).DTMS_API_KEY;
}
