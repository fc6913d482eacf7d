// Owns the only reader of process.env.

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Environment variables that are set; those of the process unless given. An empty one is not set: that is
 * how shells and compose files clear one.
 */
export function variablesOf(env: Env = process.env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
