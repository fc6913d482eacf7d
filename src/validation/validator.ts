// Owns checking requests against the rules of the protos: compiled once at the start from the
// descriptor set, applied to ts-proto objects on every call.
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Violation } from '../errors/errors.js';
import { type Check, Compiler } from './compile.js';
import { Shapes } from './wire-size.js';

/** What is wrong with a request; empty when nothing is. */
export type RequestCheck = (request: unknown) => readonly Violation[];

const NOTHING: readonly Violation[] = [];

export class Validator {
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #counters: ReadonlyMap<string, (bytes: Uint8Array) => boolean>;

  /**
   * @param descriptorSet an encoded google.protobuf.FileDescriptorSet with buf.validate in it
   * Throws TypeError when a request type has a rule that would not be enforced.
   */
  constructor(descriptorSet: Uint8Array) {
    const registry: FileRegistry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
    const compiler = new Compiler(registry);
    const checks = new Map<string, Check>();
    const shapes = new Shapes();
    const counters = new Map<string, (bytes: Uint8Array) => boolean>();
    for (const desc of registry) {
      if (desc.kind !== 'service') continue;
      for (const method of desc.methods) {
        const path = `/${desc.typeName}/${method.name}`;
        checks.set(path, compiler.message(method.input));
        counters.set(path, shapes.counter(method.input));
      }
    }
    this.#checks = checks;
    this.#counters = counters;
  }

  /**
   * A test of a method's encoded requests, to be made before they are decoded: false when one would unfold
   * into more than MAX_PARTS messages and list items. Throws TypeError for a method it does not know.
   */
  sizeOf(path: string): (bytes: Uint8Array) => boolean {
    const counter = this.#counters.get(path);
    if (counter === undefined) throw new TypeError(`the descriptor set does not describe ${path}`);
    return counter;
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
