// Owns the settings of feature flags, and reading the file of their definitions.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type convict from 'convict';
import { type ReadDefinitions, readDefinitions } from '../domain/flags/definition.js';
import { packageRoot } from '../package-files.js';
import { optionalText } from './formats.js';

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

const MOST_BYTES = 1024 * 1024;

/** The file that is meant. */
export function flagFileOf({ file }: FlagSettings): string {
  return file === '' ? join(packageRoot(), 'config', 'flags.json') : file;
}

/** What the file defines, and what is wrong with it: then nothing of it counts. */
export function readFlagFile(settings: FlagSettings): ReadDefinitions {
  const path = flagFileOf(settings);
  try {
    // What is in force is kept as a whole with each change, and sent to every server.
    if (statSync(path).size > MOST_BYTES)
      return { definitions: {}, problems: [`${path}: is larger than ${MOST_BYTES} bytes`] };
    const { definitions, problems } = readDefinitions(JSON.parse(readFileSync(path, 'utf8')));
    return { definitions, problems: problems.map((problem) => `${path}: ${problem}`) };
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not valid JSON' : (error as Error).message;
    return { definitions: {}, problems: [`${path}: cannot be read: ${why}`] };
  }
}

export function checkFlags(settings: FlagSettings, problems: string[]): void {
  problems.push(...readFlagFile(settings).problems);
}
