// Owns secrets that come from files: DTMS_DATABASE_URL_FILE names a file that holds what DTMS_DATABASE_URL would say, as
// containers and systemd mount secrets.
import type { Env } from './environment.js';
import { readText } from './json-file.js';

const SUFFIX = '_FILE';

/** The variable that names the file of a secret. */
export function fileVariable(variable: string): string {
  return `${variable}${SUFFIX}`;
}

/**
 * The variables with those secrets that are given as files. A line's end at the end of a file is not part of the secret.
 *
 * @param secrets - the variables that may be given so.
 * @param problems - receives what is wrong: both are given, or the file cannot be read. No content is in it.
 */
export function withSecretFiles(variables: Env, secrets: readonly string[], problems: string[]): Env {
  const read: Record<string, string> = {};
  for (const secret of secrets) {
    const name = fileVariable(secret);
    const path = variables[name];
    if (path === undefined) continue;
    if (variables[secret] !== undefined) {
      problems.push(`${name}: ${secret} is given as well; give one of them`);
      continue;
    }
    try {
      read[secret] = readText(path).replace(/\r?\n$/, '');
      if (read[secret] === '') problems.push(`${name}: ${path} is empty`);
    } catch (error) {
      problems.push(
        `${name}: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return { ...variables, ...read };
}
