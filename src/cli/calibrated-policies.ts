// Owns the policy files a calibration may write, one of each market. That every candidate can be a policy is known before
// anything is run: a hold-out is not opened for what could not be recommended.
import { join } from 'node:path';
import type { PolicyTerms } from '../domain/policy/policy.js';
import type { Rules } from '../domain/rules.js';
import { nameOf, recommendedPolicy } from '../study/calibration/recommended.js';
import type { Study } from '../study/study-file.js';
import { isControl, type Variant } from '../study/variants.js';
import { CommandError, EXIT } from './exit.js';
import { PolicyFileError, policyText, readPolicyTerms } from './policy-files.js';

export interface MarketPolicy {
  readonly path: string;
  textOf(variant: Variant, evidence: object): string;
}

/** Of each market of a study. @throws CommandError where a candidate would be no policy. */
export function policyFiles(study: Study, rules: Rules, folder: string): ReadonlyMap<string, MarketPolicy> {
  const own = new Map(
    Object.entries(study.policyFiles).map(([name, file]): [string, PolicyTerms] => [
      name,
      readPolicyTerms(file),
    ]),
  );
  const markets = [...new Set(study.sets.map(({ market }) => market))];
  const names = new Map(markets.map((market): [string, string] => [nameOf(market), market]));
  if (names.size < markets.length)
    throw new CommandError(`the policies of ${markets.join(', ')} would have the same file`, EXIT.usage);
  const files = new Map<string, MarketPolicy>();
  for (const market of markets) {
    const path = join(folder, `policy-${nameOf(market)}.json`);
    const textOf = (variant: Variant, evidence: object) => {
      const policy = recommendedPolicy(variant, market, study, rules.symbols, own.get(variant.name) ?? null);
      return policyText(policy, evidence, `${market}, ${variant.name}`);
    };
    files.set(market, { path, textOf });
  }
  for (const variant of study.variants) if (!isControl(variant)) checkCandidate(variant, files);
  return files;
}

function checkCandidate(variant: Variant, files: ReadonlyMap<string, MarketPolicy>): void {
  try {
    for (const { textOf } of files.values()) textOf(variant, {});
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error;
    throw new CommandError(`a candidate cannot be a policy: ${error.message}`, EXIT.usage, { cause: error });
  }
}
