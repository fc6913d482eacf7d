// Every method with every scope, without a key, with a wrong, expired, revoked one, and with another
// account's, over real sockets. What is expected is read from the option in the proto.
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../../../gen/ts/dtms/v1/access.js';
import { ErrorReason } from '../../../../gen/ts/dtms/v1/error_reason.js';
import { apiKeyText, newApiKey } from '../../../../src/access/api-key.js';
import { granted } from '../../../../src/access/scopes.js';
import type { MethodKind } from '../../../../src/contract/contract.js';
import { SCOPES } from '../../../../src/contract/scopes.js';
import { startService, type TestService } from '../../../support/app.js';
import { CONTRACT, metadataOf } from '../../../support/grpc.js';
import { DatabaseKeys } from '../../../support/keys.js';
import { type Outcome, RawCalls } from '../../../support/raw-calls.js';

const MINE = 'mine';
const THEIRS = 'theirs';

interface Method {
  readonly path: string;
  readonly kind: MethodKind;
  readonly input: DescMessage;
  readonly needs: readonly Scope[];
  readonly accountFields: readonly string[];
}

const METHODS: readonly Method[] = [...CONTRACT.methods.values()].flatMap(({ path, kind, desc, access }) => {
  if (access === undefined) return [];
  const accountFields = access.accountFields.map((field) => field.path);
  return [{ path, kind, input: desc.input, needs: access.scopes, accountFields }];
});

const allowed = ({ needs }: Method, scope: Scope): boolean =>
  needs.some((needed) => granted([scope]).has(needed));

/** A request that holds nothing but the account, wherever the method has it. */
function naming({ input, accountFields }: Method, account: string): Buffer {
  const writer = new BinaryWriter();
  for (const path of accountFields) write(writer, input, path.split('.'), account);
  return Buffer.from(writer.finish());
}

function write(
  writer: BinaryWriter,
  message: DescMessage,
  [name, ...rest]: readonly string[],
  account: string,
): void {
  const field: DescField | undefined = message.fields.find((each) => each.name === name);
  if (field === undefined) throw new Error(`${message.typeName} has no ${name}`);
  writer.uint32((field.number << 3) | 2);
  if (field.message === undefined) {
    writer.string(name === 'action_id' ? `${account}:1:2:CLOSE_ALL` : account);
    return;
  }
  writer.fork();
  write(writer, field.message, rest, account);
  writer.join();
}

let service: TestService;
let keys: DatabaseKeys;
let calls: RawCalls;
beforeAll(async () => {
  service = await startService({ access: { mode: 'required' }, limits: { mode: 'off' } });
  keys = new DatabaseKeys(service.databaseUrl);
  calls = new RawCalls(service.address);
});
afterAll(async () => {
  calls.close();
  await keys.close();
  await service.end();
});

const EMPTY = Buffer.alloc(0);
const sent = (text: string) => metadataOf({ authorization: `Bearer ${text}` });

/** Calls every method and says which answered otherwise than expected. */
async function surprises(
  metadata: Metadata,
  requestOf: (method: Method) => Buffer,
  expected: (method: Method, outcome: Outcome) => boolean,
  methods: readonly Method[] = METHODS,
): Promise<string[]> {
  const found: string[] = [];
  for (const method of methods) {
    const outcome = await calls.call(method, requestOf(method), metadata);
    if (!expected(method, outcome)) found.push(`${method.path}: ${JSON.stringify(outcome)}`);
  }
  return found;
}

const is = (outcome: Outcome, reason: ErrorReason, metadata: Readonly<Record<string, string>> = {}) =>
  outcome !== 'ok' &&
  outcome.reason === reason &&
  Object.entries(metadata).every(([key, value]) => outcome.metadata[key] === value);
const denied = (outcome: Outcome) => outcome !== 'ok' && outcome.code === status.PERMISSION_DENIED;
const unknown = (outcome: Outcome) => outcome !== 'ok' && outcome.code === status.UNAUTHENTICATED;

describe('a key', () => {
  test.each(SCOPES.map((scope) => [Scope[scope], scope] as const))(
    'with %s may call what the proto says, and nothing else',
    async (_, scope) => {
      const { text } = await keys.make([scope]);
      const wrong = await surprises(
        sent(text),
        () => EMPTY,
        (method, outcome) =>
          allowed(method, scope)
            ? !denied(outcome) && !unknown(outcome)
            : is(outcome, ErrorReason.PERMISSION_DENIED, {
                needs: method.needs.map((needed) => Scope[needed]).join(','),
              }),
      );
      expect(wrong).toEqual([]);
    },
  );

  test('may call nothing more by what it sends: the scope is judged before the bytes', async () => {
    const { text } = await keys.make([Scope.MARKET]);
    const wrong = await surprises(
      sent(text),
      () => Buffer.from('ffffffffff', 'hex'),
      (_method, outcome) => is(outcome, ErrorReason.PERMISSION_DENIED),
      METHODS.filter((method) => !allowed(method, Scope.MARKET)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('nobody is let in', () => {
  test.each([
    ['without a key', () => new Metadata(), 'missing'],
    ['with a key that never was', () => sent(apiKeyText(newApiKey())), 'invalid'],
    ['with something else', () => sent('dtms_x_y'), 'invalid'],
    ['with two keys', () => metadataOf({ authorization: 'Bearer a', 'x-api-key': 'b' }), 'ambiguous'],
  ] as const)('%s', async (_, metadata, cause) => {
    const wrong = await surprises(
      metadata(),
      () => EMPTY,
      (_method, outcome) => is(outcome, ErrorReason.UNAUTHENTICATED, { cause }),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    ['revoked', 'revoked'],
    ['expired', 'expired'],
    ['forged', 'invalid'],
  ] as const)('with a key that is %s', async (how, cause) => {
    const made = await keys.make(SCOPES);
    if (how === 'revoked') await keys.revoke(made);
    if (how === 'expired') await keys.expire(made);
    const text = how === 'forged' ? apiKeyText({ ...newApiKey(), keyId: made.key.keyId }) : made.text;
    const wrong = await surprises(
      sent(text),
      () => EMPTY,
      (_method, outcome) => is(outcome, ErrorReason.UNAUTHENTICATED, { cause }),
    );
    expect(wrong).toEqual([]);
  });
});

describe('a key that is limited to an account', () => {
  const OF_ACCOUNTS = METHODS.filter(({ accountFields }) => accountFields.length > 0);

  test('may name it, and is refused another or none, in words that tell nothing', async () => {
    const { text } = await keys.make(SCOPES, [MINE]);
    const deny = (method: Method, outcome: Outcome, account: string) =>
      is(outcome, ErrorReason.PERMISSION_DENIED, { account, field: method.accountFields[0] ?? '' });
    const wrong = [
      ...(await surprises(
        sent(text),
        (method) => naming(method, THEIRS),
        (method, outcome) => deny(method, outcome, THEIRS),
        OF_ACCOUNTS,
      )),
      ...(await surprises(
        sent(text),
        () => EMPTY,
        (method, outcome) => deny(method, outcome, ''),
        OF_ACCOUNTS,
      )),
      ...(await surprises(
        sent(text),
        (method) => naming(method, MINE),
        (_method, outcome) => !denied(outcome) && !unknown(outcome),
        OF_ACCOUNTS,
      )),
    ];
    expect(OF_ACCOUNTS.length).toBeGreaterThan(25);
    expect(wrong).toEqual([]);
  });

  test('hears the same of a trade that exists as of one that does not', async () => {
    const everything = new RawCalls(service.address);
    const [admin, limited] = [await keys.make(SCOPES), await keys.make(SCOPES, [MINE])];
    const getTrade = METHODS.find(({ path }) => path.endsWith('/GetTrade'));
    const register = METHODS.find(({ path }) => path.endsWith('/RegisterTrade'));
    if (getTrade === undefined || register === undefined) throw new Error('no such method');
    const { RegisterTradeRequest, GetTradeRequest } = await import(
      '../../../../gen/ts/dtms/v1/trade_service.js'
    );
    const trade = { account: THEIRS, ticket: 7n, symbol: 'EURUSD', direction: 1, entryPrice: 1, volume: 1 };
    const spec = Buffer.from(
      RegisterTradeRequest.encode(
        RegisterTradeRequest.fromPartial({ trade: { ...trade, stopLoss: 0.9, openedAt: new Date() } }),
      ).finish(),
    );
    expect(await everything.call(register, spec, sent(admin.text))).toBe('ok');
    const asked = (ticket: bigint) =>
      Buffer.from(GetTradeRequest.encode(GetTradeRequest.fromPartial({ account: THEIRS, ticket })).finish());
    expect(await everything.call(getTrade, asked(7n), sent(admin.text))).toBe('ok');
    const told = await Promise.all(
      [7n, 8n].map((ticket) => everything.call(getTrade, asked(ticket), sent(limited.text))),
    );
    everything.close();
    const [there, notThere] = told.map((outcome) =>
      outcome === 'ok' ? outcome : { ...outcome, correlationId: '' },
    );
    expect(there).toEqual(notThere);
    expect(there).toMatchObject({ code: status.PERMISSION_DENIED });
  });
});

describe('whoever asks', () => {
  test('after health needs no key', async () => {
    const unary = { path: '/grpc.health.v1.Health/Check', kind: 'unary' } as const;
    expect(await calls.call(unary, EMPTY, new Metadata())).toBe('ok');
  });
});
