// The table of who may call what, as the protos have it: nothing is left out, and nothing names a field
// that is not there.
import { type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { Access, MethodClass, Scope } from '../../../gen/ts/dtms/v1/access.js';
import { Contract } from '../../../src/contract/contract.js';
import { CONTRACT, DESCRIPTORS } from '../../support/grpc.js';

/** Not ours, and exempt by name: they answer without passing the chain. */
const EXEMPT = ['grpc.health.v1.Health'];
const METHODS = [...CONTRACT.registry]
  .filter((desc) => desc.kind === 'service')
  .filter(({ typeName }) => !EXEMPT.includes(typeName))
  .flatMap((service) =>
    service.methods.map((method) => [`/${service.typeName}/${method.name}`, method] as const),
  );

/** Ways to the accounts a message names, through the messages it holds. */
function accountPaths(message: DescMessage, before: string, depth: number): string[] {
  return message.fields.flatMap((field) => {
    const path = before === '' ? field.name : `${before}.${field.name}`;
    if (['account', 'action_id'].includes(field.name)) return [path];
    return field.message === undefined || depth === 0 ? [] : accountPaths(field.message, path, depth - 1);
  });
}

describe('every method', () => {
  test('is there', () => {
    expect(METHODS.length).toBeGreaterThan(35);
    const ours = [...CONTRACT.methods.keys()].filter((path) => !EXEMPT.some((name) => path.includes(name)));
    expect(ours.sort()).toEqual(METHODS.map(([path]) => path).sort());
  });

  test.each(METHODS)('%s says who may call it, and what it counts as', (path) => {
    const access = CONTRACT.access(path);
    expect(access?.scopes.length).toBeGreaterThan(0);
    for (const scope of access?.scopes ?? []) expect(Scope[scope]).toBeDefined();
    expect(access?.scopes).not.toContain(Scope.UNSPECIFIED);
    expect(access?.methodClass).not.toBe(MethodClass.UNSPECIFIED);
  });

  test.each(METHODS)('%s names every account its request names', (path, method) => {
    const access = CONTRACT.access(path);
    const named = access?.accountFields.map((field) => field.path) ?? [];
    // Of every account: a key that is limited to some is refused, whatever the request names.
    const needed = access?.everyAccount === true ? [] : accountPaths(method.input, '', 1);
    expect([...named].filter((each) => each !== 'accounts').sort()).toEqual(needed.sort());
  });

  test('counts as a stream when it is one, and else does not', () => {
    for (const [path, { methodKind }] of METHODS) {
      expect(CONTRACT.access(path)?.methodClass === MethodClass.STREAM, path).toBe(methodKind !== 'unary');
    }
  });
});

/** The descriptors with another access option on GetTrade; without any when undefined. */
function altered(access: Partial<Access> | undefined): Uint8Array {
  const set = fromBinary(FileDescriptorSetSchema, DESCRIPTORS);
  const method = set.file
    .flatMap(({ service }) => service)
    .flatMap((service) => service.method)
    .find(({ name }) => name === 'GetTrade');
  const options = method?.options;
  if (options === undefined) throw new Error('GetTrade has no options');
  options.$unknown = (options.$unknown ?? []).filter(({ no }) => no !== 51871);
  if (access !== undefined) {
    const bytes = Access.encode(Access.fromPartial(access)).finish();
    options.$unknown.push({ no: 51871, wireType: 2, data: Uint8Array.from([bytes.length, ...bytes]) });
  }
  return toBinary(FileDescriptorSetSchema, set);
}

describe('a method', () => {
  const GET_TRADE = '/dtms.v1.TradeService/GetTrade';

  test('without the option may be called by nobody', () => {
    expect(new Contract(altered(undefined)).access(GET_TRADE)).toBeUndefined();
  });

  test('has its fields as ts-proto names them', () => {
    const scopes = [Scope.READ];
    const given = { scopes, methodClass: MethodClass.QUERY, accountFields: ['account'] };
    expect(new Contract(altered(given)).access(GET_TRADE)).toEqual({
      ...Access.fromPartial({ scopes, methodClass: MethodClass.QUERY }),
      accountFields: [{ path: 'account', steps: ['account'], names: 'account' }],
    });
    expect(CONTRACT.access('/dtms.v1.ActionService/BeginAction')?.accountFields).toEqual([
      { path: 'action_id', steps: ['actionId'], names: 'action_id' },
    ]);
  });

  test.each(['acount', 'ticket', 'account.name', ''])('that names the field %j stops the start', (path) => {
    expect(() => new Contract(altered({ accountFields: [path] }))).toThrow('GetTrade');
  });
});
