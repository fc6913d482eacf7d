// Owns `dtms calibrate`: fits a way to defend on the past, and recommends it where the hold-out supports it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
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
  readonly config?: string;
  readonly json: boolean;
}

const HELP = `
The file is that of a study (docs/guides/study.md); its benchmarks, variants and sweeps are the candidates. For each market
one of them is chosen on the past. The hold-out, the latest part of the data, is simulated for that one alone, and every
fit it is opened for is counted in the ledger. Where the hold-out supports it, OUT/policy-MARKET.json is the policy, with its evidence
inside: dtms policies apply takes it. Where it does not, there is no such file.

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
    .option(
      '--out <folder>',
      'where calibration.json, the policies and the finished parts go',
      'build/calibration',
    )
    .option('--ledger <file>', 'of opened hold-outs; hold-outs.jsonl beside the study file if not given')
    .option('--processes <count>', 'how many parts are computed beside each other', parseWhole, 2)
    .option('--config <file>', 'JSON file with settings')
    .addOption(jsonOption())
    .addHelpText('after', HELP + EXIT_HELP)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { goal, holdOut, out, processes, config, json } = options;
  const { readStudy } = await import('../study/study-file.js');
  const { readPolicyTerms } = await import('./policy-files.js');
  const study = readStudy(file, readPolicyTerms);
  const { loadConfig } = await import('../config/config.js');
  const { rules } = loadConfig({ file: config, use: 'tools' });
  const { calibrate } = await import('../study/calibration/calibrate.js');
  const { calibrationText, evidenceOf } = await import('../study/calibration/evidence.js');
  const { policyFiles } = await import('./calibrated-policies.js');
  mkdirSync(out, { recursive: true });
  const policies = policyFiles(study, rules, out);
  // What an earlier calibration recommended is none of this one.
  for (const { path } of policies.values()) rmSync(path, { force: true });
  const program = packageVersion();
  const found = await calibrate({
    ...{ study, rules, program, goal },
    folder: join(out, 'parts'),
    processes: Math.max(1, processes),
    onProgress: (done, all) => remark(`${done} of ${all} parts are done`),
    holdOutShare: holdOut,
    ledger: options.ledger ?? join(dirname(resolve(file)), 'hold-outs.jsonl'),
  });
  const evidence = found.map((market) => evidenceOf(market, { study, goal, program, rules }));
  writeFileSync(join(out, 'calibration.json'), `${JSON.stringify(evidence, null, 2)}\n`);
  if (json) print(jsonText(evidence));
  for (const [index, market] of found.entries()) {
    if (!json) print(calibrationText(market));
    const { verdict, variant } = market;
    if (verdict?.isSupported !== true || variant === null) continue;
    const policy = policies.get(market.market);
    if (policy === undefined) throw new Error(`no policy file for ${market.market}`);
    writeFileSync(policy.path, policy.textOf(variant, evidence[index] ?? {}));
    remark(`${policy.path} is the policy`);
  }
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
