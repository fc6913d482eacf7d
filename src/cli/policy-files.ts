// Owns policy files: the JSON of a dtms.v1.Policy, checked as a call is. A field that is not known is refused: a slip in a name would
// defend nobody.
import { readFileSync } from 'node:fs';
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { Policy, UpsertPolicyRequest } from '../../gen/ts/dtms/v1/policy_service.js';
import { Contract } from '../contract/contract.js';
import { repeatedName } from '../contract/json-names.js';
import { type PolicyTerms, policyFaults } from '../domain/policy/policy.js';
import { descriptorSet } from '../package-files.js';
import { Validator } from '../validation/validator.js';
import { policyFromProto, policyToProto } from '../wire/policy.js';

const METHOD = '/dtms.v1.PolicyService/UpsertPolicy';

function checksOf(contract: Contract) {
  return { contract, faultsOf: new Validator(contract).forMethod(METHOD) };
}

/** Read when the first file is. */
let checks: ReturnType<typeof checksOf> | null = null;

/** What is wrong with a policy file, a problem a line. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError';

  constructor(file: string, problems: readonly string[]) {
    super([`${file}: is no policy:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

/** @throws PolicyFileError that names every problem */
export function readPolicyFile(file: string): Policy {
  return policyOf(readFileSync(file, 'utf8'), file);
}

/** What a policy file says. @throws PolicyFileError that names every problem */
export function readPolicyTerms(file: string): PolicyTerms {
  return policyFromProto(readPolicyFile(file));
}

/** The text of a policy's file, with what it was chosen by. @throws PolicyFileError where it would be none. */
export function policyText(terms: PolicyTerms, evidence: object, file: string): string {
  const policy = Policy.toJSON(policyToProto({ ...terms, version: 0 }));
  const text = `${JSON.stringify({ ...Object(policy), evidence }, null, 2)}\n`;
  policyOf(text, file);
  return text;
}

/** A policy of a file's text. @throws PolicyFileError */
export function policyOf(text: string, file: string): Policy {
  checks ??= checksOf(new Contract(descriptorSet()));
  const policy = parsed(text, file, checks.contract);
  const request = UpsertPolicyRequest.fromPartial({ policy, reason: 'a file' });
  const broken = checks.faultsOf(request);
  const problems = [
    ...broken.map(({ field, description }) => `${field}: ${description}`),
    ...policyFaults(policyFromProto(policy)).map(([field, description]) => `${field}: ${description}`),
  ];
  if (problems.length > 0) throw new PolicyFileError(file, problems);
  return policy;
}

function parsed(text: string, file: string, { registry }: Contract): Policy {
  const desc = registry.getMessage('dtms.v1.Policy');
  if (desc === undefined) throw new TypeError('the descriptor set does not describe policies');
  const repeated = repeatedName(Buffer.from(text));
  if (repeated !== undefined) throw new PolicyFileError(file, [`${repeated} is given twice in one object`]);
  try {
    // What a calibration leaves in the file beside the policy is for people.
    const told: unknown = JSON.parse(text);
    if (typeof told !== 'object' || told === null || Array.isArray(told))
      throw new PolicyFileError(file, ['it is no object']);
    const { $schema: _, evidence: __, ...body } = told as { readonly [name: string]: JsonValue };
    return Policy.decode(toBinary(desc, fromJson(desc, body)));
  } catch (error) {
    if (error instanceof PolicyFileError) throw error;
    throw new PolicyFileError(file, [error instanceof Error ? error.message : String(error)]);
  }
}
