// Owns telling a setting that is misspelt: a variable or a key that is none of ours, and the one that was meant.
import type { Env } from './environment.js';
import { nearest } from './nearest.js';
import { RULE_VARIABLES } from './rule-variables.js';
import { SCHEMA, SECRETS } from './schema.js';
import { fileVariable } from './secret-files.js';

/** Variables of ours that are no settings of the schema. */
const OTHERS = [
  ...['DTMS_CONFIG', 'DTMS_SERVER', 'DTMS_API_KEY', 'DTMS_API_KEY_FILE'],
  ...['DTMS_CLIENT_CA', 'DTMS_CLIENT_CERT', 'DTMS_CLIENT_KEY'],
];
/** Whatever begins so is meant for us. */
const RULES = 'DTMS_RULES_';

interface Setting {
  readonly path: string;
  readonly variable: string;
}

/** Every setting but the rules, with its variable. */
export const SETTINGS: readonly Setting[] = settingsOf(SCHEMA, '');

/** The variables of settings that are secrets; each may be given as a file. */
export const SECRET_VARIABLES: readonly string[] = SETTINGS.filter(({ path }) => SECRETS.includes(path)).map(
  ({ variable }) => variable,
);

const VARIABLES = [
  ...SETTINGS.map(({ variable }) => variable),
  ...SECRET_VARIABLES.map(fileVariable),
  ...RULE_VARIABLES.keys(),
  ...OTHERS,
];
const SECTIONS = [...new Set(SETTINGS.map(({ path }) => sectionOf(path))), 'rules'];
const PATHS = [...SETTINGS.map(({ path }) => path), ...SECTIONS];

function sectionOf(path: string): string {
  return path.split('.', 1)[0] ?? '';
}

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
    if (meant !== undefined) problems.push(`${name}: is not a setting; did you mean ${meant}?`);
    else if (name.startsWith(RULES)) problems.push(`${name}: is not a setting`);
    else unknown.push(name);
  }
  return unknown;
}

const UNDECLARED = /configuration param '(.+)' not declared in the schema/;

/** What convict says of a key that is none of ours, with the one that was meant. */
export function withMeant(problem: string): string {
  const name = UNDECLARED.exec(problem)?.[1];
  if (name === undefined) return problem;
  const section = sectionOf(name);
  const meant = nearest(name, PATHS) ?? (SECTIONS.includes(section) ? undefined : nearest(section, SECTIONS));
  return `${name}: is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** Names no setting can have, which what merges the layers would take as paths, or not see. They are taken out. */
export function checkNames(layer: Record<string, unknown>, problems: string[], path = ''): void {
  for (const [name, value] of Object.entries(layer)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (name.includes('.')) problems.push(`${at}: is one name with a dot; a setting stands in its section`);
    else if (name === '__proto__') problems.push(`${at}: is not a setting`);
    else if (typeof value === 'object' && value !== null) checkNames(Object(value), problems, at);
    if (name.includes('.') || name === '__proto__') delete layer[name];
  }
}
