// Owns what the protos say of our methods, read once from the descriptor set: routes, authorization, limits, field
// rules and the OpenAPI document are made from this table and from nothing else.
import { createFileRegistry, type DescMethod, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { accessOf, type MethodAccess } from './access.js';
import { RuleBook } from './field-rules.js';
import { bindingsOf, type HttpBinding } from './http.js';
import { extensionNamed } from './options.js';

export type MethodKind = 'unary' | 'serverStream' | 'bidi';

export interface ContractMethod {
  /** The full name, such as /dtms.v1.TradeService/GetTrade. */
  readonly path: string;
  readonly kind: MethodKind;
  /** Its comment, its request (`input`) and its response (`output`). */
  readonly desc: DescMethod;
  /** Undefined when nobody may call it. */
  readonly access: MethodAccess | undefined;
  /** None when it is not reached over HTTP. */
  readonly bindings: readonly HttpBinding[];
}

const KINDS = { unary: 'unary', server_streaming: 'serverStream', bidi_streaming: 'bidi' } as const;

export class Contract {
  /** Every message and service of the protos. */
  readonly registry: FileRegistry;
  /** By their full names, in the order of the protos. */
  readonly methods: ReadonlyMap<string, ContractMethod>;
  readonly rules: RuleBook;

  /**
   * @param descriptorSet an encoded google.protobuf.FileDescriptorSet with imports
   * @throws TypeError when an option asks for what is not served, or names a field that is not there
   */
  constructor(descriptorSet: Uint8Array) {
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
    this.rules = new RuleBook(this.registry);
    const access = extensionNamed(this.registry, 'dtms.v1.access');
    const http = extensionNamed(this.registry, 'google.api.http');
    const methods = [...this.registry]
      .filter((desc) => desc.kind === 'service')
      .flatMap((service) => service.methods)
      .map((desc): [string, ContractMethod] => {
        if (desc.methodKind === 'client_streaming') throw new TypeError(`${desc}: its kind is not served`);
        const path = `/${desc.parent.typeName}/${desc.name}`;
        const kind = KINDS[desc.methodKind];
        return [path, { path, kind, desc, access: accessOf(desc, access), bindings: bindingsOf(desc, http) }];
      });
    this.methods = new Map(methods);
  }

  /** @throws TypeError for a method it does not know. */
  method(path: string): ContractMethod {
    const method = this.methods.get(path);
    if (method === undefined) throw new TypeError(`the descriptor set does not describe ${path}`);
    return method;
  }

  /** Who may call a method; undefined when nobody may. */
  access(path: string): MethodAccess | undefined {
    return this.methods.get(path)?.access;
  }
}
