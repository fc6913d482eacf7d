// Owns the one frozen, typed configuration. Later wins: defaults, config/dtms_config.json,
// config/<environment>.json, the file DTMS_CONFIG names, DTMS_* environment variables, overrides (the
// command line).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import convict from 'convict';

import type { Rules } from '../domain/rules.js';
import { withoutCredentials } from '../observability/log-redaction.js';
import { packageRoot } from '../package-files.js';
import { checkTls } from './edge.js';
import { type Env, variablesOf } from './environment.js';
import { FORMATS } from './formats.js';
import { checkHttp } from './http.js';
import { unknownVariables, withMeant } from './known-names.js';
import { withStandardVariables } from './observability.js';
import { mergeRules } from './rules.js';
import { ENVIRONMENTS, SCHEMA, SECRETS, type Settings } from './schema.js';

export interface Config extends Settings {
  readonly rules: Rules;
}

export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

export interface ConfigSources {
  /** Environment variables; those of the process unless given. */
  readonly env?: Env;
  /** A JSON file with settings; DTMS_CONFIG unless given. */
  readonly file?: string;
  /** Told of DTMS_ variables that are none of ours, and not nearly. */
  readonly onUnknown?: (variables: readonly string[]) => void;
  /** Settings above all others. */
  readonly overrides?: DeepPartial<Config>;
}

/** The configuration cannot be used. `problems` names each setting at fault, with the reason. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

convict.addFormats(Object.fromEntries(FORMATS.map((format) => [format.name, format])));

function readSettings(path: string, problems: string[]): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return { ...content };
    problems.push(`${path}: must hold a JSON object`);
  } catch (error) {
    problems.push(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

/** Sections as convict takes them: one that is not an object would hide all of its settings. */
function checkSections(origin: string, layer: Record<string, unknown>, problems: string[]): void {
  for (const [name, value] of Object.entries(layer)) {
    const section = name !== 'environment' && Object.hasOwn(SCHEMA, name);
    if (!section || (typeof value === 'object' && value !== null && !Array.isArray(value))) continue;
    problems.push(`${name}: must be an object (${origin})`);
    delete layer[name];
  }
}

function leaves(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) =>
    inner === undefined ? [] : leaves(inner, path === '' ? name : `${path}.${name}`),
  );
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}

/**
 * Reads, merges and checks the configuration.
 *
 * @throws ConfigError naming every problem at once.
 * @example
 * const config = loadConfig({ overrides: { grpc: { port: 0 } } });
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const problems: string[] = [];
  const variables = withStandardVariables(variablesOf(sources.env));
  const settings = convict<Settings>(SCHEMA, { env: variables, args: [] });

  const environment = sources.overrides?.environment ?? variables.DTMS_ENV ?? 'development';
  const folder = join(packageRoot(), 'config');
  const files = [join(folder, 'dtms_config.json')];
  if (ENVIRONMENTS.some((known) => known === environment)) files.push(join(folder, `${environment}.json`));
  const own = sources.file ?? variables.DTMS_CONFIG;
  if (own !== undefined) files.push(own);

  const ruleLayers: unknown[] = [];
  for (const file of files) {
    const { rules, ...layer } = readSettings(file, problems);
    if (rules !== undefined) ruleLayers.push(rules);
    checkSections(file, layer, problems);
    settings.load(layer);
  }
  // The environment chooses the file, so no file can choose the environment.
  settings.set<string>('environment', environment);
  const { rules, ...overrides } = sources.overrides ?? {};
  if (rules !== undefined) ruleLayers.push(rules);
  for (const [path, value] of leaves(overrides, '')) settings.set(path, value);

  try {
    settings.validate({ allowed: 'strict' });
  } catch (error) {
    problems.push(
      ...String(error instanceof Error ? error.message : error)
        .split('\n')
        .map(withMeant),
    );
  }
  const unknown = unknownVariables(variables, problems);
  const merged = mergeRules(ruleLayers, problems);
  checkTls(settings.get('tls'), problems);
  checkHttp(settings.get('http'), problems);
  if (problems.length > 0) throw new ConfigError(problems);
  if (unknown.length > 0) sources.onUnknown?.(unknown);
  return freeze({ ...settings.getProperties(), rules: structuredClone(merged) });
}

/** The configuration as it may be shown: secrets that are set read "[redacted]". */
export function redacted(config: Config): Config {
  const copy = structuredClone(config);
  for (const path of SECRETS) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at: unknown = copy;
    for (const name of names) at = Reflect.get(Object(at), name);
    const owner = Object(at);
    if (Reflect.get(owner, last) !== '') Reflect.set(owner, last, '[redacted]');
  }
  return freeze(withShownUrls(copy));
}

/** Every URL without what lets somebody in. */
function withShownUrls<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const [name, inner] of Object.entries(value))
    Reflect.set(value, name, typeof inner === 'string' ? withoutCredentials(inner) : withShownUrls(inner));
  return value;
}
