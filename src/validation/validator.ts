// Owns checking requests against the rules of the protos: compiled once at the start from the
// descriptor set, applied to ts-proto objects on every call.
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Violation } from '../errors/errors.js';
import { type Check, Compiler } from './compile.js';

/** What is wrong with a request; empty when nothing is. */
export type RequestCheck = (request: unknown) => readonly Violation[];

const NOTHING: readonly Violation[] = [];

export class Validator {
  readonly #checks: ReadonlyMap<string, Check>;

  /**
   * @param descriptorSet an encoded google.protobuf.FileDescriptorSet with buf.validate in it
   * Throws TypeError when a request type has a rule that would not be enforced.
   */
  constructor(descriptorSet: Uint8Array) {
    const registry: FileRegistry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
    const compiler = new Compiler(registry);
    const checks = new Map<string, Check>();
    for (const desc of registry) {
      if (desc.kind !== 'service') continue;
      for (const method of desc.methods) {
        checks.set(`/${desc.typeName}/${method.name}`, compiler.message(method.input));
      }
    }
    this.#checks = checks;
  }

  /** The check of a method's requests, by its full name. Throws TypeError for a method it does not know. */
  forMethod(path: string): RequestCheck {
    const check = this.#checks.get(path);
    if (check === undefined) throw new TypeError(`the descriptor set does not describe ${path}`);
    return (request) => {
      if (check.valid(request)) return NOTHING;
      const found: Violation[] = [];
      check.collect(request, '', found);
      return found;
    };
  }
}
