// Owns checking requests against the rules of the protos: compiled once at the start from the
// descriptor set, applied to ts-proto objects on every call.
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Violation } from '../errors/errors.js';
import { type Check, Compiler, extension } from './compile.js';
import { Shapes, type SizeCheck } from './wire-size.js';

/** What is wrong with a request; empty when nothing is. */
export type RequestCheck = (request: unknown) => readonly Violation[];

const NOTHING: readonly Violation[] = [];

export class Validator {
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #sizes: ReadonlyMap<string, SizeCheck>;

  /**
   * @param descriptorSet an encoded google.protobuf.FileDescriptorSet with buf.validate in it
   * Throws TypeError when a request type has a rule that would not be enforced.
   */
  constructor(descriptorSet: Uint8Array) {
    const registry: FileRegistry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
    const compiler = new Compiler(registry);
    const checks = new Map<string, Check>();
    const shapes = new Shapes(extension(registry, 'buf.validate.field'));
    const sizes = new Map<string, SizeCheck>();
    for (const desc of registry) {
      if (desc.kind !== 'service') continue;
      for (const method of desc.methods) {
        const path = `/${desc.typeName}/${method.name}`;
        checks.set(path, compiler.message(method.input));
        sizes.set(path, shapes.check(method.input));
      }
    }
    this.#checks = checks;
    this.#sizes = sizes;
  }

  /**
   * How much a method's encoded requests may unfold into, to be asked before they are decoded. Throws
   * TypeError for a method it does not know.
   */
  sizeOf(path: string): SizeCheck {
    const size = this.#sizes.get(path);
    if (size === undefined) throw new TypeError(`the descriptor set does not describe ${path}`);
    return size;
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
