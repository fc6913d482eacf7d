// Owns `dtms config`: what the settings are and where each comes from, whether a file is right, and reading them again.
import { Command } from 'commander';
import type { Config, ConfigReading, ConfigSources } from '../config/config.js';
import type { Origin } from '../config/origins.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, serverOption, withClient } from './options.js';
import { jsonText, print, remark, tableText } from './output.js';

interface ShowOptions {
  readonly effective: boolean;
  readonly sources: boolean;
  readonly config?: string;
  readonly json: boolean;
}

const SHOW_EXAMPLES = `
Examples:
  $ dtms config show
  $ dtms config show --effective --sources
  $ DTMS_ENV=production dtms config show --sources --json

Without --effective only what is not by default. Secrets read [redacted]. A server that runs shows its own by GetConfig.`;

const DIFF_EXAMPLES = `
Examples:
  $ dtms config diff staging production
  $ dtms config diff old.json new.json

A and B are files, or profiles: development, staging, production. Variables are left out of it.`;

export function configCommand(): Command {
  return new Command('config')
    .description('show, check and compare settings, and have a server read them again')
    .addCommand(
      new Command('show')
        .description('print the settings a server started here would have')
        .option('--effective', 'all of them, not only what somebody set', false)
        .option('--sources', 'where each comes from', false)
        .option('--config <file>', 'JSON file with settings')
        .addOption(jsonOption())
        .addHelpText('after', SHOW_EXAMPLES + EXIT_HELP)
        .action(show),
    )
    .addCommand(
      new Command('check')
        .description('tell every problem of a file, with the variables and the profile as they are here')
        .argument('<file>', 'JSON file with settings')
        .addHelpText('after', EXIT_HELP)
        .action(check),
    )
    .addCommand(
      new Command('schema').description('print the JSON Schema of a configuration file').action(schema),
    )
    .addCommand(
      new Command('diff')
        .description('compare two files or profiles')
        .argument('<a>', 'a file or a profile')
        .argument('<b>', 'another one')
        .addOption(jsonOption())
        .addHelpText('after', DIFF_EXAMPLES + EXIT_HELP)
        .action(diff),
    )
    .addCommand(
      new Command('reload')
        .description('have a server read its configuration again')
        .addOption(serverOption())
        .addOption(jsonOption())
        .addHelpText('after', EXIT_HELP)
        .action(reload),
    );
}

async function show({ effective, sources, config: file, json }: ShowOptions): Promise<void> {
  const { shownSettings } = await import('../config/shown.js');
  const settings = shownSettings(await read({ file })).filter(
    ({ origin }) => effective || origin.kind !== 'default',
  );
  if (json) {
    for (const { path, value, origin } of settings)
      print(jsonText(sources ? { path, value, source: origin.kind, from: origin.name } : { path, value }));
    return;
  }
  const head = ['setting', 'value', ...(sources ? ['source'] : [])];
  print(
    tableText(
      head,
      settings.map(({ path, value, origin }) => [
        path,
        valueText(value),
        ...(sources ? [originText(origin)] : []),
      ]),
    ),
  );
}

async function check(file: string): Promise<void> {
  const { unknown } = await read({ file });
  if (unknown.length > 0) remark(`ignored, as they are no settings: ${unknown.join(', ')}`);
  print(`${file}: no problems`);
}

async function schema(): Promise<void> {
  const { configSchema } = await import('../config/json-schema.js');
  print(JSON.stringify(configSchema(), null, 2));
}

async function diff(a: string, b: string, { json }: { readonly json: boolean }): Promise<void> {
  const { differences } = await import('../config/shown.js');
  const { isLive } = await import('../config/live.js');
  const found = differences(await configAt(a), await configAt(b)).filter(
    ({ path }) => path !== 'environment',
  );
  if (json) {
    for (const { path, before, after } of found) print(jsonText({ path, before, after, live: isLive(path) }));
    return;
  }
  const rows = found.map(({ path, before, after }) => [
    path,
    valueText(before),
    valueText(after),
    isLive(path) ? 'at once' : 'restart',
  ]);
  print(tableText(['setting', a, b, 'takes effect'], rows));
}

async function reload({ server, json }: { readonly server: string; readonly json: boolean }): Promise<void> {
  const { revision, changed, needsRestart } = await withClient(server, (client) => client.reloadConfig({}));
  if (json) {
    print(jsonText({ revision, changed, needsRestart }));
    return;
  }
  print(`revision ${revision}: ${changed.length === 0 ? 'nothing changed' : changed.join(', ')}`);
  if (needsRestart.length > 0) remark(`waits for a restart: ${needsRestart.join(', ')}`);
}

/** @throws ConfigError with every problem. */
async function read(sources: ConfigSources): Promise<ConfigReading> {
  const { readConfig, ConfigError } = await import('../config/config.js');
  const reading = readConfig(sources);
  if (reading.problems.length > 0) throw new ConfigError(reading.problems);
  return reading;
}

/** The settings of a profile, or of a file over the defaults. */
async function configAt(name: string): Promise<Config> {
  const { ENVIRONMENTS } = await import('../config/schema.js');
  const isProfile = ENVIRONMENTS.some((profile) => profile === name);
  const sources: ConfigSources = isProfile ? { env: { DTMS_ENV: name } } : { env: {}, file: name };
  return (await read({ ...sources, use: 'tools' })).config;
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function originText({ kind, name }: Origin): string {
  return name === '' ? kind : `${kind} ${name}`;
}
