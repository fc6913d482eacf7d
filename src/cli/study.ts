// Owns `dtms study`: runs a study file and writes what it says as a page and tables.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageVersion } from '../package-files.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, parseWhole } from './options.js';
import { jsonText, print, remark } from './output.js';

interface Options {
  readonly out: string;
  readonly processes: number;
  readonly config?: string;
  readonly json: boolean;
}

const HELP = `
The study file is JSON or YAML: data sets with their clocks and costs, how trades are sampled, and the variants to compare; see
docs/guides/study.md. Parts that are done are kept in OUT/parts: a study that was stopped goes on where it was.

Example:
  $ dtms study docs/examples/study/study.json --out build/study`;

export function studyCommand(): Command {
  return new Command('study')
    .description('say from recorded markets whether and how to defend, and how sure that is')
    .argument('<file>', 'the study file')
    .option('--out <folder>', 'where study.html, its tables and the finished parts go', 'build/study')
    .option('--processes <count>', 'how many parts are computed beside each other', parseWhole, 2)
    .option('--config <file>', 'JSON file with settings')
    .addOption(jsonOption())
    .addHelpText('after', HELP + EXIT_HELP)
    .action(run);
}

async function run(file: string, { out, processes, config, json }: Options): Promise<void> {
  const startedAt = performance.now();
  const { readStudy } = await import('../study/study-file.js');
  const { readPolicyTerms } = await import('./policy-files.js');
  const study = readStudy(file, readPolicyTerms);
  const { loadConfig } = await import('../config/config.js');
  const { rules } = loadConfig({ file: config, use: 'tools' });
  const { runParts } = await import('../study/workers.js');
  const parts = await runParts({
    study,
    rules,
    folder: join(out, 'parts'),
    program: packageVersion(),
    processes: Math.max(1, processes),
    onProgress: (done, all) => remark(`${done} of ${all} parts are done, ${seconds(startedAt)} s`),
  });
  const { analyse } = await import('../study/analysis.js');
  const { decisionText, studyPage } = await import('../study/page.js');
  const { studyTables } = await import('../study/tables.js');
  const result = analyse(study, parts);
  mkdirSync(out, { recursive: true });
  const page = join(out, 'study.html');
  writeFileSync(page, studyPage(result));
  writeFileSync(join(out, 'study.json'), `${JSON.stringify(result, null, 1)}\n`);
  for (const [name, text] of Object.entries(studyTables(result, parts))) writeFileSync(join(out, name), text);
  remark(`${page}: ${seconds(startedAt)} s`);
  if (json) print(jsonText(result));
  else for (const market of result.markets) print(decisionText(market));
}

function seconds(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1000);
}
