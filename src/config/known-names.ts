// Owns telling a setting that is misspelt: a variable or a key that is none of ours, and the one that was meant.
import type { Env } from './environment.js';
import { SCHEMA } from './schema.js';

/** Variables of ours that are no settings of the schema. */
const OTHERS = [
  ...['DTMS_CONFIG', 'DTMS_SERVER', 'DTMS_API_KEY'],
  ...['DTMS_CLIENT_CA', 'DTMS_CLIENT_CERT', 'DTMS_CLIENT_KEY'],
];
/** The engine's rules come from files: each is a table, and no variable can say one. */
const RULES = 'DTMS_RULES_';
/** A name this near to a known one is that one misspelt. */
const NEAR = 2;

interface Setting {
  readonly path: string;
  readonly variable: string;
}

const SETTINGS: readonly Setting[] = settingsOf(SCHEMA, '');
const VARIABLES = [...SETTINGS.map(({ variable }) => variable), ...OTHERS];
const PATHS = SETTINGS.map(({ path }) => path);

function settingsOf(schema: object, path: string): Setting[] {
  return Object.entries(schema).flatMap(([name, inner]): Setting[] => {
    const at = path === '' ? name : `${path}.${name}`;
    if (typeof inner !== 'object' || inner === null) return [];
    const env: unknown = Reflect.get(inner, 'env');
    return typeof env === 'string' ? [{ path: at, variable: env }] : settingsOf(inner, at);
  });
}

/**
 * Variables that look like ours and are not. One that is nearly ours is a problem: what it was to change would go
 * unsaid. Others may be of whoever starts us, such as the DTMS_SERVICE_HOST of a cluster.
 */
export function unknownVariables(variables: Env, problems: string[]): string[] {
  const unknown: string[] = [];
  for (const name of Object.keys(variables)) {
    if (!name.startsWith('DTMS_') || VARIABLES.includes(name)) continue;
    const meant = nearest(name, VARIABLES);
    if (name.startsWith(RULES))
      problems.push(`${name}: is not a setting; rules are set in a file (DTMS_CONFIG)`);
    else if (meant !== undefined) problems.push(`${name}: is not a setting; did you mean ${meant}?`);
    else unknown.push(name);
  }
  return unknown;
}

const UNDECLARED = /configuration param '(.+)' not declared in the schema/;

/** What convict says of a key that is none of ours, with the one that was meant. */
export function withMeant(problem: string): string {
  const name = UNDECLARED.exec(problem)?.[1];
  if (name === undefined) return problem;
  const meant = nearest(name, PATHS);
  return `${name}: is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

function nearest(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((known) => ({ known, apart: distance(name, known) }))
    .sort((a, b) => a.apart - b.apart);
  return best !== undefined && best.apart <= NEAR ? best.known : undefined;
}

/** How many letters have to be put in, left out or replaced (Levenshtein). */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      line.push(Math.min(replaced, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[to.length] ?? 0;
}
