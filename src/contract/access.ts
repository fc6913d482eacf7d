// Owns the option dtms.v1.access: who may call a method, what it counts as, and where its request names accounts.
import {
  type DescExtension,
  type DescField,
  type DescMessage,
  type DescMethod,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { Access, type Scope } from '../../gen/ts/dtms/v1/access.js';
import { optionOf } from './options.js';

/** One step of the way from a request to an account: the name of a field of ts-proto's objects. */
export interface AccountField {
  /** As the proto names it, such as "trades.account". */
  readonly path: string;
  readonly steps: readonly string[];
  /** What the last field holds. */
  readonly names: 'account' | 'action_id';
}

/** Who may call a method, and what it counts as. */
export interface MethodAccess extends Omit<Readonly<Access>, 'scopes' | 'accountFields'> {
  /** Any one will do; none means nobody may. */
  readonly scopes: readonly Scope[];
  readonly accountFields: readonly AccountField[];
}

/** @throws TypeError when the option names a field that the request does not have. */
export function accessOf(method: DescMethod, extension: DescExtension): MethodAccess | undefined {
  const option = optionOf(method, extension);
  if (option === undefined) return undefined;
  // Read with the generated code, so that numbers become its enums.
  const { accountFields, ...access } = Access.decode(toBinary(option.desc, option.message));
  return { ...access, accountFields: accountFields.map((path) => accountField(method, path)) };
}

/** @throws TypeError when the request has no such field, or it holds no text. */
function accountField(method: DescMethod, path: string): AccountField {
  const steps: string[] = [];
  let at: DescMessage | undefined = method.input;
  let last: DescField | undefined;
  for (const name of path.split('.')) {
    last = at?.fields.find((field) => field.name === name);
    if (last === undefined) break;
    steps.push(last.localName);
    at = last.message;
  }
  if (last?.scalar !== ScalarType.STRING || last.fieldKind === 'map')
    throw new TypeError(`${method}: ${path} names no account of ${method.input.typeName}`);
  return { path, steps, names: last.name === 'action_id' ? 'action_id' : 'account' };
}
