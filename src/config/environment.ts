// Owns the only reader of process.env.

export type Env = Readonly<Record<string, string | undefined>>;

/** The file with settings that DTMS_CONFIG names; undefined where it names none. */
export function ownFile(env?: Env): string | undefined {
  return variablesOf(env).DTMS_CONFIG;
}

/**
 * Environment variables that are set; those of the process unless given. An empty one is not set: that is
 * how shells and compose files clear one.
 */
export function variablesOf(env: Env = process.env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
