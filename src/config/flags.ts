// Owns the settings of feature flags, and reading the file of their definitions.
import { join } from 'node:path';
import type convict from 'convict';
import { type ReadDefinitions, readDefinitions } from '../domain/flags/definition.js';
import { packageRoot } from '../package-files.js';
import { optionalText } from './formats.js';
import { readJson } from './json-file.js';

export interface FlagSettings {
  /** A file in flagd's format; empty: config/flags.json of the package, where every flag is on. */
  readonly file: string;
  /** A module whose default export is a provider of OpenFeature, asked instead of the file; empty: none. */
  readonly provider: string;
}

export const FLAGS_SCHEMA: convict.Schema<FlagSettings> = {
  file: optionalText('DTMS_FLAGS_FILE', "Definitions of feature flags in flagd's format; empty: all are on"),
  provider: optionalText(
    'DTMS_FLAGS_PROVIDER',
    'Module whose default export is an OpenFeature provider; empty: none',
  ),
};

/** The file that is meant. */
export function flagFileOf({ file }: FlagSettings): string {
  return file === '' ? join(packageRoot(), 'config', 'flags.json') : file;
}

/** What the file defines, and what is wrong with it: then nothing of it counts. */
export function readFlagFile(settings: FlagSettings): ReadDefinitions {
  const path = flagFileOf(settings);
  try {
    const { definitions, problems } = readDefinitions(readJson(path));
    return { definitions, problems: problems.map((problem) => `${path}: ${problem}`) };
  } catch (error) {
    return { definitions: {}, problems: [`${path}: cannot be read: ${(error as Error).message}`] };
  }
}

export function checkFlags(settings: FlagSettings, problems: string[]): void {
  problems.push(...readFlagFile(settings).problems);
}
