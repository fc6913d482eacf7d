// Owns the table of who may call what, read at the start from the options of the methods in the protos.
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  getOption,
  hasOption,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Access, type MethodClass, type Scope } from '../../gen/ts/dtms/v1/access.js';

const OPTION = 'dtms.v1.access';

/** One step of the way from a request to an account: the name of a field of ts-proto's objects. */
export interface AccountField {
  /** As the proto names it, such as "trades.account". */
  readonly path: string;
  readonly steps: readonly string[];
  /** What the last field holds. */
  readonly names: 'account' | 'action_id';
}

/** Who may call a method, and what it counts as. */
export interface MethodAccess {
  /** Any one will do; none means nobody may. */
  readonly scopes: readonly Scope[];
  readonly methodClass: MethodClass;
  readonly accountFields: readonly AccountField[];
}

export class AccessTable {
  readonly #methods: ReadonlyMap<string, MethodAccess | null>;

  /**
   * @param descriptorSet an encoded google.protobuf.FileDescriptorSet with dtms.v1.access in it
   * Throws TypeError when an option names a field that the request does not have.
   */
  constructor(descriptorSet: Uint8Array) {
    const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
    const methods = new Map<string, MethodAccess | null>();
    for (const desc of registry) {
      if (desc.kind !== 'service') continue;
      for (const method of desc.methods)
        methods.set(`/${desc.typeName}/${method.name}`, read(method, registry));
    }
    this.#methods = methods;
  }

  /** The methods by their full names; null where the proto says nothing, so that nobody may call it. */
  get methods(): ReadonlyMap<string, MethodAccess | null> {
    return this.#methods;
  }

  /** The access of a method by its full name; undefined when nobody may call it. */
  forMethod(path: string): MethodAccess | undefined {
    return this.#methods.get(path) ?? undefined;
  }
}

function read(method: DescMethod, registry: FileRegistry): MethodAccess | null {
  const extension = registry.getExtension(OPTION);
  if (extension?.message === undefined || !hasOption(method, extension)) return null;
  const option = getOption(method, extension);
  if (!isMessage(option)) return null;
  // Read with the generated code, so that numbers become its enums.
  const { scopes, methodClass, accountFields } = Access.decode(toBinary(extension.message, option));
  return {
    scopes,
    methodClass,
    accountFields: accountFields.map((path) => resolve(method.input, path, method)),
  };
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && '$typeName' in value;
}

/** Throws TypeError when the request has no such field, or it holds no text. */
function resolve(request: DescMessage, path: string, method: DescMethod): AccountField {
  const fault = new TypeError(
    `${method.parent.typeName}.${method.name}: ${path} names no account of ${request.typeName}`,
  );
  const names = path.split('.');
  const steps: string[] = [];
  let at: DescMessage | undefined = request;
  let last: DescField | undefined;
  for (const name of names) {
    last = at?.fields.find((field) => field.name === name);
    if (last === undefined) throw fault;
    steps.push(last.localName);
    at = last.message;
  }
  if (last === undefined || !holdsText(last)) throw fault;
  return { path, steps, names: last.name === 'action_id' ? 'action_id' : 'account' };
}

function holdsText(field: DescField): boolean {
  const scalar = field.fieldKind === 'scalar' || (field.fieldKind === 'list' && field.listKind === 'scalar');
  // google.protobuf.FieldDescriptorProto.TYPE_STRING
  return scalar && field.scalar === 9;
}
