// Owns the one frozen, typed configuration. Later wins: defaults, config/dtms_config.json,
// config/<environment>.json, the file DTMS_CONFIG names, DTMS_* environment variables, overrides (the
// command line).
import { join } from 'node:path';

import convict from 'convict';

import type { NoticePlan } from '../domain/notices/notice-plan.js';
import type { Rules } from '../domain/rules.js';
import { packageRoot } from '../package-files.js';
import { checkTls } from './edge.js';
import { type Env, variablesOf } from './environment.js';
import { checkFlags } from './flags.js';
import { FORMATS } from './formats.js';
import { freeze } from './freeze.js';
import { checkHttp } from './http.js';
import { readJson } from './json-file.js';
import { checkNames, SECRET_VARIABLES, SETTINGS, unknownVariables, withMeant } from './known-names.js';
import { readNoticePlan } from './notice-plan.js';
import { withStandardVariables } from './observability.js';
import { leaves, type Origin, Origins, treeOf } from './origins.js';
import { ruleVariables } from './rule-variables.js';
import { mergeRules } from './rules.js';
import { ENVIRONMENTS, SCHEMA, type Settings } from './schema.js';
import { fileVariable, withSecretFiles } from './secret-files.js';
import { checkShares } from './shares.js';

export interface Config extends Settings {
  readonly rules: Rules;
  /** Who is told of what: what the file of notices.plan says. */
  readonly noticePlan: NoticePlan;
  /** What lets us in at its channels, by the names of their variables. */
  readonly noticeSecrets: Readonly<Record<string, string>>;
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
  /** What it is for: only who serves needs what TLS needs. Serving unless given. */
  readonly use?: 'serving' | 'tools';
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
    const content = readJson(path);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
      // For editors.
      const { $schema: _, ...settings } = { $schema: '', ...content };
      return settings;
    }
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

/** The environment chooses the file: one that names another would be taken for that one and is not. */
function checkEnvironment(
  path: string,
  layer: Record<string, unknown>,
  environment: string,
  problems: string[],
): void {
  if (layer.environment !== undefined && layer.environment !== environment)
    problems.push(`environment: is chosen by DTMS_ENV, which says ${environment}, and not by ${path}`);
  delete layer.environment;
}

/** A configuration that was read, and what there is to say about it. */
export interface ConfigReading {
  /** To be used only when there are no problems. */
  readonly config: Config;
  readonly problems: readonly string[];
  /** DTMS_ variables that are none of ours, and not nearly. */
  readonly unknown: readonly string[];
  readonly origins: Origins;
}

/**
 * Reads, merges and checks the configuration.
 *
 * @throws ConfigError naming every problem at once.
 * @example
 * const config = loadConfig({ overrides: { grpc: { port: 0 } } });
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const { config, problems, unknown } = readConfig(sources);
  if (problems.length > 0) throw new ConfigError(problems);
  if (unknown.length > 0) sources.onUnknown?.(unknown);
  return config;
}

/** The same with its problems told, and where each value comes from. */
export function readConfig(sources: ConfigSources = {}): ConfigReading {
  const problems: string[] = [];
  const given = withStandardVariables(variablesOf(sources.env));
  const variables = withSecretFiles(given, SECRET_VARIABLES, problems);
  const settings = convict<Settings>(SCHEMA, { env: variables, args: [] });
  const origins = new Origins();

  const environment = sources.overrides?.environment ?? variables.DTMS_ENV ?? 'development';
  const ruleLayers: unknown[] = [];
  for (const { path, kind } of filesOf(environment, sources.file ?? variables.DTMS_CONFIG)) {
    const { rules, ...layer } = readSettings(path, problems);
    if (rules !== undefined) ruleLayers.push(rules);
    checkNames(layer, problems);
    checkSections(path, layer, problems);
    checkEnvironment(path, layer, environment, problems);
    settings.load(layer);
    origins.take(rules === undefined ? layer : { ...layer, rules }, originOf(kind, path));
  }
  for (const { path, variable } of SETTINGS) {
    const name = given[variable] === undefined ? fileVariable(variable) : variable;
    if (variables[variable] !== undefined) origins.take(treeOf(path, ''), { kind: 'variable', name });
  }
  for (const { variable, layer } of ruleVariables(variables)) {
    ruleLayers.push(layer.rules);
    origins.take(layer, { kind: 'variable', name: variable });
  }
  settings.set<string>('environment', environment);
  const { rules, noticePlan: _plan, noticeSecrets: _secrets, ...overrides } = sources.overrides ?? {};
  if (rules !== undefined) ruleLayers.push(rules);
  for (const [path, value] of leaves(overrides)) settings.set(path, value);
  origins.take(sources.overrides ?? {}, { kind: 'flag', name: '' });

  problems.push(...problemsOf(settings));
  const use = sources.use ?? 'serving';
  const notices = readNoticePlan(String(settings.get('notices.plan')), given, use, problems);
  const unknown = unknownVariables(without(given, notices.variables), problems);
  const merged = mergeRules(ruleLayers, problems);
  checkTls(settings.get('tls'), use, problems);
  checkHttp(settings.get('http'), problems);
  checkFlags(settings.get('flags'), problems);
  // Values that are none compare as nothing.
  if (problems.length === 0) checkShares(settings.getProperties(), merged, problems);
  const config = freeze({
    ...settings.getProperties(),
    rules: structuredClone(merged),
    noticePlan: notices.plan,
    noticeSecrets: notices.secrets,
  });
  return { config, problems, unknown, origins };
}

function without(variables: Env, names: readonly string[]): Env {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)));
}

interface ConfigFile {
  readonly path: string;
  readonly kind: 'default' | 'profile' | 'file';
}

/** The files that are read, in their order. */
export function filesOf(environment: string, own: string | undefined): ConfigFile[] {
  const folder = join(packageRoot(), 'config');
  const files: ConfigFile[] = [{ path: join(folder, 'dtms_config.json'), kind: 'default' }];
  if (ENVIRONMENTS.some((known) => known === environment))
    files.push({ path: join(folder, `${environment}.json`), kind: 'profile' });
  if (own !== undefined) files.push({ path: own, kind: 'file' });
  return files;
}

function originOf(kind: ConfigFile['kind'], path: string): Origin {
  return { kind, name: kind === 'default' ? '' : path };
}

/** What convict finds wrong with single settings. */
function problemsOf(settings: convict.Config<Settings>): string[] {
  try {
    settings.validate({ allowed: 'strict' });
    return [];
  } catch (error) {
    return String(error instanceof Error ? error.message : error)
      .split('\n')
      .map(withMeant);
  }
}
