// Our validator against protovalidate on the same annotations: same verdict, same field paths.
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  isMessage,
  type JsonValue,
  type Message,
  ScalarType,
  setExtension,
  toBinary,
} from '@bufbuild/protobuf';
import { pathToString, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import {
  type FieldOptions,
  FieldOptionsSchema,
  FileDescriptorSetSchema,
  TimestampSchema,
  timestampFromMs,
} from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import {
  FieldRulesSchema,
  field as fieldRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccountServiceService } from '../../../gen/ts/dtms/v1/account_service.js';
import { ActionServiceService } from '../../../gen/ts/dtms/v1/action_service.js';
import { MarketDataServiceService } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { NoticeServiceService } from '../../../gen/ts/dtms/v1/notice_service.js';
import { OwnershipServiceService } from '../../../gen/ts/dtms/v1/ownership_service.js';
import { PolicyServiceService } from '../../../gen/ts/dtms/v1/policy_service.js';
import { SystemServiceService } from '../../../gen/ts/dtms/v1/system_service.js';
import { BatchRegisterTradesRequest, TradeServiceService } from '../../../gen/ts/dtms/v1/trade_service.js';
import { Direction } from '../../../gen/ts/dtms/v1/types.js';
import { Contract } from '../../../src/contract/contract.js';
import { MAX_VIOLATIONS, type Violation } from '../../../src/errors/errors.js';
import { placed } from '../../../src/errors/refused-items.js';
import { Validator } from '../../../src/validation/validator.js';
import { CONTRACT, DESCRIPTORS } from '../../support/grpc.js';
import { runs } from '../../support/properties.js';

const { registry } = CONTRACT;
const oracle = createValidator({ registry });
const validator = new Validator(CONTRACT);

const definitions = [
  TradeServiceService,
  MarketDataServiceService,
  ActionServiceService,
  AccountServiceService,
  OwnershipServiceService,
  NoticeServiceService,
  PolicyServiceService,
  SystemServiceService,
];
const decoders = new Map<string, (bytes: Buffer) => object>(
  definitions.flatMap((definition) =>
    Object.values(definition).map(({ path, requestDeserialize }) => [path, requestDeserialize] as const),
  ),
);
// The health service in the descriptor set is served by its own package.
const methods = [...registry]
  .filter((desc) => desc.kind === 'service')
  .filter((service) => service.typeName.startsWith('dtms.'))
  .flatMap((service) => service.methods);

const UUID = '0b0e7a52-6a2b-4c1e-9f00-0123456789ab';
// "USD" is a good account, feed, symbol, currency and label: good messages must come up often enough.
const TEXTS = [
  ...['demo', 'live@x', 'XAUUSDc', 'EURUSD.#', 'EURUS', 'a.b:c@d-e_f', UUID, UUID, UUID, UUID.toUpperCase()],
  ...[
    '',
    ' ',
    'de mo',
    'demo\n',
    '\ndemo',
    '.demo',
    '-',
    'usd',
    'USDUSDU',
    `${UUID}0`,
    UUID.replaceAll('-', ''),
  ],
  ...['nul\u0000', '\u{1F600}'.repeat(64), '\u{1F600}'.repeat(65), 'é', '\uFFFD', "'; DROP TABLE trades; --"],
  ...[32, 33, 64, 65, 128, 129, 256, 257, 512, 513].map((length) => 'x'.repeat(length)),
];
/** By field name, where "USD" is not good. */
const GOOD_TEXTS: Readonly<Record<string, string>> = {
  request_id: UUID,
  key_id: 'abcdefgh2345',
  manager: 'exit_manager',
  channel: 'ops',
};
const DOUBLES = [0.01, 1e6, 1e6 + 1, 1e9, 1e9 + 1, 1e15, 1.1e15, 5e-324, 1.7e308, 0, -0, -1, -5e-324];
// Ours alone refuses times before 1970: that has a test of its own.
const times = fc.integer({ min: 0, max: 253_402_300_799_999 }).map((ms) => timestampFromMs(ms));

/** Makes messages of which about one value in `tameness` is taken from the wild. */
class Messages {
  readonly #tameness: number;

  constructor(tameness: number) {
    this.#tameness = tameness;
  }

  of(desc: DescMessage): fc.Arbitrary<Message> {
    if (desc.typeName === TimestampSchema.typeName) return times;
    const fields = desc.fields.map((field) => this.#mostly(this.#value(field), fc.constant(undefined)));
    const choices = desc.oneofs.map((oneof) =>
      this.#mostly(fc.constantFrom(...oneof.fields), fc.constant(undefined)),
    );
    return fc.tuple(fc.tuple(...fields), fc.tuple(...choices)).map(([chosen, members]) => {
      const message = create(desc);
      const reflected = reflect(desc, message);
      desc.fields.forEach((field, index) => {
        const value = chosen[index];
        if (value === undefined || (field.oneof !== undefined && !members.includes(field))) return;
        assign(reflected, field, value);
      });
      return message;
    });
  }

  #mostly<T, W>(tame: fc.Arbitrary<T>, wild: fc.Arbitrary<W>): fc.Arbitrary<T | W> {
    return fc.oneof({ weight: this.#tameness, arbitrary: tame }, { weight: 1, arbitrary: wild });
  }

  #value(field: DescField): fc.Arbitrary<unknown> {
    switch (field.fieldKind) {
      case 'scalar':
        return this.#scalar(field.scalar, field.name);
      case 'enum':
        return this.#enum(field.enum);
      case 'message':
        return this.of(field.message);
      case 'list':
        return this.#mostly(fc.array(this.#item(field), { minLength: 1, maxLength: 3 }), fc.constant([]));
      case 'map':
        throw new Error('no request has a map');
    }
  }

  #item(field: DescField & { fieldKind: 'list' }): fc.Arbitrary<unknown> {
    if (field.listKind === 'message') return this.of(field.message);
    return field.listKind === 'enum' ? this.#enum(field.enum) : this.#scalar(field.scalar, field.name);
  }

  #enum(desc: DescEnum): fc.Arbitrary<number> {
    const numbers = desc.values.map(({ number }) => number);
    return this.#mostly(
      fc.constantFrom(...numbers.filter((number) => number > 0)),
      fc.constantFrom(0, 99, -1),
    );
  }

  #scalar(type: ScalarType, name: string): fc.Arbitrary<unknown> {
    switch (type) {
      case ScalarType.STRING:
        return this.#mostly(
          fc.constant(GOOD_TEXTS[name] ?? 'USD'),
          fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 8, unit: 'binary' })),
        );
      case ScalarType.DOUBLE:
        return this.#mostly(fc.constant(1), fc.constantFrom(...DOUBLES, Number.NaN, Infinity, -Infinity));
      case ScalarType.INT64:
        return this.#mostly(fc.constant(42n), fc.constantFrom(1n, 0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)));
      case ScalarType.INT32:
        return this.#mostly(
          fc.constant(5),
          fc.constantFrom(0, 1, 10, 11, 1000, 1001, -1, 2 ** 31 - 1, -(2 ** 31)),
        );
      case ScalarType.BOOL:
        return fc.boolean();
      default:
        throw new Error(`no request has a field of scalar type ${type}`);
    }
  }
}

function assign(reflected: ReflectMessage, field: DescField, value: unknown): void {
  if (field.fieldKind === 'list' && Array.isArray(value)) {
    const list = reflected.get(field);
    for (const item of value) list.add(isMessage(item) ? reflect(schemaOf(item), item, false) : item);
  } else {
    reflected.set(field, isMessage(value) ? reflect(schemaOf(value), value, false) : value);
  }
}

function schemaOf(message: Message): DescMessage {
  const desc =
    message.$typeName === TimestampSchema.typeName ? TimestampSchema : registry.getMessage(message.$typeName);
  if (desc === undefined) throw new Error(`${message.$typeName} is not in the registry`);
  return desc;
}

/** With its items, where they are judged one by one. */
function everythingWrong(path: string, request: object): readonly Violation[] {
  const items = validator
    .listsOf(path)
    .flatMap(({ name, of, check }) =>
      of(request).flatMap((item, index) => check(item).map((why) => placed(name, index, why))),
    );
  return [...validator.forMethod(path)(request), ...items];
}

function agrees(method: DescMethod, message: Message): boolean {
  const path = `/${method.parent.typeName}/${method.name}`;
  const decode = decoders.get(path);
  if (decode === undefined) throw new Error(`${path} has no definition`);
  const result = oracle.validate(method.input, message);
  if (result.kind === 'error') throw result.error;
  const violations = result.kind === 'valid' ? [] : result.violations;
  // Of what concerns two fields, `start_time_to_end_time`, it names the message, and ours the first of them.
  const expected = violations.map(({ field, ruleId }) =>
    [pathToString(field), ...(ruleId.split('_to_')[1] === undefined ? [] : [ruleId.split('_to_')[0]])]
      .filter((part) => part !== '')
      .join('.'),
  );
  const found = everythingWrong(path, decode(Buffer.from(toBinary(method.input, message)))).map(
    ({ field }) => field,
  );
  // Of an item that is judged by itself the first fault is told: there has to be one, and one that is right.
  const alone = validator.listsOf(path).map(({ name }) => `${name}[`);
  const itemOf = (field: string) =>
    alone.some((start) => field.startsWith(start)) ? field.slice(0, field.indexOf(']') + 1) : field;
  expect(new Set(found.map(itemOf))).toEqual(new Set(expected.map(itemOf)));
  expect(expected).toEqual(expect.arrayContaining(found));
  return expected.length === 0;
}

describe('the validator agrees with protovalidate on verdict and field paths', () => {
  for (const method of methods) {
    test(`of random ${method.input.typeName} messages`, () => {
      let good = 0;
      const requests = fc.oneof(new Messages(60).of(method.input), new Messages(4).of(method.input));
      fc.assert(
        fc.property(requests, (message) => {
          if (agrees(method, message)) good += 1;
        }),
        { numRuns: runs(200), seed: 7 },
      );
      // Both verdicts must have come up, or the agreement says little.
      expect(good).toBeGreaterThan(20);
      const canBeWrong = method.input.fields.some(
        ({ message }) => message?.typeName !== TimestampSchema.typeName,
      );
      expect(good).toBeLessThan(runs(canBeWrong ? 196 : 201));
    });
  }
});

const order = (change: Partial<BatchRegisterTradesRequest['trades'][number]> = {}) => ({
  ...{ account: 'demo', ticket: 1n, symbol: 'XAUUSD', direction: Direction.BUY, entryPrice: 100, volume: 1 },
  ...change,
});
const batchOf = (...trades: ReturnType<typeof order>[]) => BatchRegisterTradesRequest.fromPartial({ trades });
const BATCH = '/dtms.v1.TradeService/BatchRegisterTrades';
const checkBatch = validator.forMethod(BATCH);
const fieldsOf = (request: object) => everythingWrong(BATCH, request).map(({ field }) => field);

describe('beyond what the wire can carry', () => {
  test('a good batch has nothing wrong with it', () => {
    expect(checkBatch(batchOf(order(), order({ ticket: 2n })))).toEqual([]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    '%s is told to be no finite number, not to be above a bound',
    (volume) => {
      const [first] = everythingWrong(BATCH, batchOf(order(), order({ volume })));
      expect(first).toMatchObject({ field: 'trades[1].volume', description: 'must be a finite number' });
    },
  );

  test('a date that is none is refused: the wire admits times a Date cannot hold', () => {
    expect(fieldsOf(batchOf(order({ openedAt: new Date(Number.NaN) })))).toEqual(['trades[0].opened_at']);
    expect(fieldsOf(batchOf(order({ openedAt: new Date(-1) })))).toEqual(['trades[0].opened_at']);
    expect(fieldsOf(batchOf(order({ openedAt: new Date(0) })))).toEqual([]);
    expect(fieldsOf(batchOf(order({ openedAt: new Date(253_402_300_800_000) })))).toEqual([
      'trades[0].opened_at',
    ]);
    expect(fieldsOf(batchOf(order({ openedAt: new Date(253_402_300_799_999) })))).toEqual([]);
  });

  test('a range that ends before it begins is refused, wherever a request has one', () => {
    const ranges = [...CONTRACT.methods].flatMap(([path, { desc }]) =>
      [desc.input, ...desc.input.fields.flatMap(({ message }) => message ?? [])].flatMap((message) => {
        const times = message.fields.filter((each) => each.message?.typeName === TimestampSchema.typeName);
        const [first, second] = [/^(?:start|from|since)/, /^(?:end|until|to)/].map((name) =>
          times.find((each) => name.test(each.name)),
        );
        const holder = desc.input.fields.find((each) => each.message === message)?.localName;
        return first === undefined || second === undefined ? [] : [{ path, holder, first, second }];
      }),
    );
    expect(ranges.length).toBeGreaterThanOrEqual(8);
    for (const { path, holder, first, second } of ranges) {
      const range = (from: number, to: number) => {
        const times = { [first.localName]: new Date(from), [second.localName]: new Date(to) };
        const names = everythingWrong(path, holder === undefined ? times : { [holder]: times });
        return names.map(({ field }) => field).filter((field) => field.endsWith(first.name));
      };
      expect(range(2, 1), path).toEqual([holder === undefined ? first.name : `${holder}.${first.name}`]);
      expect([...range(1, 1), ...range(1, 2)], path).toEqual([]);
    }
  });

  test('a lone surrogate is no letter, and counts as one character', () => {
    expect(fieldsOf(batchOf(order({ account: 'demo\uD800' })))).toEqual(['trades[0].account']);
    expect(fieldsOf(batchOf(order({ label: '\uDC00'.repeat(64) })))).toEqual([]);
    expect(fieldsOf(batchOf(order({ label: '\uDC00'.repeat(65) })))).toEqual(['trades[0].label']);
  });

  test('a text of a million characters is refused by its length', () => {
    expect(fieldsOf(batchOf(order({ label: 'x'.repeat(1_000_000) })))).toEqual(['trades[0].label']);
    expect(fieldsOf(batchOf(order({ symbol: 'X'.repeat(1_000_000) })))).toEqual(['trades[0].symbol']);
  });

  test('the limits of a list are exact', () => {
    expect(fieldsOf(batchOf(...Array.from({ length: 1000 }, () => order())))).toEqual([]);
    expect(fieldsOf(batchOf(...Array.from({ length: 1001 }, () => order())))).toEqual(['trades']);
    expect(fieldsOf(batchOf())).toEqual(['trades']);
  });

  test('of a thousand bad items only so many are listed', () => {
    const check = validator.forMethod('/dtms.v1.TradeService/BatchGetTrades');
    const found = check({ account: 'demo', tickets: Array.from({ length: 1000 }, () => -1n) });
    expect(found).toHaveLength(MAX_VIOLATIONS);
    expect(found[3]?.field).toBe('tickets[3]');
  });

  test('what is no message at all is refused', () => {
    for (const request of [undefined, null, 1, 'x', { trades: 'x' }]) {
      expect(checkBatch(request).length).toBeGreaterThan(0);
    }
    expect(fieldsOf({ ...batchOf(), trades: [null] })).toEqual(['trades[0]']);
  });
});

describe('a rule the validator does not enforce stops the start', () => {
  const withRules = (path: string, change: (options: FieldOptions) => void) => {
    const set = fromBinary(FileDescriptorSetSchema, DESCRIPTORS);
    const [message, name] = path.split('.');
    const field = set.file
      .flatMap((file) => file.messageType)
      .find((type) => type.name === message)
      ?.field.find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`${path} is not in the descriptors`);
    field.options ??= create(FieldOptionsSchema);
    change(field.options);
    return () => new Validator(new Contract(toBinary(FileDescriptorSetSchema, set)));
  };
  const rules = (json: JsonValue) => (options: FieldOptions) => {
    setExtension(options, fieldRules, fromJson(FieldRulesSchema, json));
  };

  test('and without one it starts', () => {
    expect(withRules('TradeSpec.label', rules({ string: { maxLen: 3 } }))).not.toThrow();
  });

  test.each([
    ['TradeSpec.label', { string: { prefix: 'x' } }, 'string.prefix'],
    ['TradeSpec.volume', { double: { lt: 3 } }, 'double.lt'],
    ['TradeSpec.volume', { cel: [{ id: 'x', expression: 'this > 1.0' }] }, 'cel'],
    ['TradeSpec.volume', { ignore: 'IGNORE_ALWAYS' }, 'ignore'],
    ['TradeSpec.ticket', { int64: { in: ['1', '2'] } }, 'int64.in'],
    ['BatchGetTradesRequest.tickets', { repeated: { unique: true } }, 'repeated.unique'],
    ['BatchGetTradesRequest.tickets', { repeated: { items: { int64: { lt: '9' } } } }, 'int64.lt'],
    ['TradeSpec.opened_at', { timestamp: { ltNow: true } }, 'timestamp.lt_now'],
    ['MarketDataItem.bar', { required: true }, 'required'],
  ])('%s with %j', (path, json, named) => {
    expect(withRules(path, rules(json))).toThrow(named);
  });
});
