// Owns what the program knows of its own protos, made once however many servers a process starts.
import { Contract } from '../contract/contract.js';
import { descriptorSet } from '../package-files.js';
import { Validator } from '../validation/validator.js';

interface Described {
  readonly contract: Contract;
  readonly validator: Validator;
}

let known: Described | undefined;

export function described(): Described {
  if (known === undefined) {
    const contract = new Contract(descriptorSet());
    known = { contract, validator: new Validator(contract) };
  }
  return known;
}
