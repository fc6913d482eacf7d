// Owns `dtms calibrate`: fits a way to defend on the past, and recommends it where the hold-out supports it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { packageVersion } from '../package-files.js';
import type { MarketCalibration } from '../study/calibration/calibrate.js';
import type { Goal } from '../study/calibration/fit.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { jsonOption, parseWhole } from './options.js';
import { jsonText, print, remark } from './output.js';

interface Options {
  readonly goal: Goal;
  readonly holdOut: number;
  readonly out: string;
  readonly ledger?: string;
  readonly processes: number;
  readonly json: boolean;
}

const HELP = `
The file is that of a study (docs/guides/study.md); its benchmarks, variants and sweeps are the candidates. For each market
one of them is chosen on the past. The hold-out, the latest part of the data, is simulated for that one alone, and every
fit it is opened for is counted in the ledger.

Example:
  $ dtms calibrate docs/examples/study/calibration.yaml --goal limit --out build/calibration

Exit code ${EXIT.unsupported}: of some market nothing is recommended.`;

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description('choose how to defend recorded markets, and recommend it where the hold-out supports it')
    .argument('<file>', 'the study file')
    .addOption(
      new Option('--goal <goal>', 'a better mean, or better worst results than a smaller size has')
        .choices(['gain', 'limit'])
        .makeOptionMandatory(),
    )
    .option('--hold-out <share>', 'of the data, the latest: 0.1 to 0.5', parseHoldOut, 0.25)
    .option('--out <folder>', 'where calibration.json and the finished parts go', 'build/calibration')
    .option('--ledger <file>', 'of opened hold-outs; hold-outs.jsonl beside the study file if not given')
    .option('--processes <count>', 'how many parts are computed beside each other', parseWhole, 2)
    .addOption(jsonOption())
    .addHelpText('after', HELP + EXIT_HELP)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { goal, holdOut, out, processes, json } = options;
  const { readStudy } = await import('../study/study-file.js');
  const study = readStudy(file);
  const { loadConfig } = await import('../config/config.js');
  const { rules } = loadConfig({ use: 'tools' });
  const { calibrate } = await import('../study/calibration/calibrate.js');
  const { calibrationText, evidenceOf } = await import('../study/calibration/evidence.js');
  mkdirSync(out, { recursive: true });
  const found = await calibrate({
    study,
    rules,
    folder: join(out, 'parts'),
    program: packageVersion(),
    processes: Math.max(1, processes),
    onProgress: (done, all) => remark(`${done} of ${all} parts are done`),
    goal,
    holdOutShare: holdOut,
    ledger: options.ledger ?? join(dirname(resolve(file)), 'hold-outs.jsonl'),
  });
  const asked = { study, goal, program: packageVersion() };
  const evidence = found.map((market) => evidenceOf(market, asked));
  writeFileSync(join(out, 'calibration.json'), `${JSON.stringify(evidence, null, 2)}\n`);
  if (json) print(jsonText(evidence));
  else for (const market of found) print(calibrationText(market));
  refuseUnsupported(found);
}

/** @throws CommandError where a market has no recommendation. */
function refuseUnsupported(found: readonly MarketCalibration[]): void {
  const refused = found.filter(({ verdict }) => verdict?.isSupported !== true).map(({ market }) => market);
  if (refused.length === 0) return;
  throw new CommandError(`no policy is recommended for ${refused.join(', ')}`, EXIT.unsupported);
}

function parseHoldOut(text: string): number {
  const share = Number(text);
  if (share >= 0.1 && share <= 0.5) return share;
  throw new InvalidArgumentError('must be a share from 0.1 to 0.5.');
}
