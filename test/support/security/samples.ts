// Requests of every method, made from the descriptors: mostly such as a good client sends, now and then with
// a value from the wild. Names of accounts and tickets are few, so that calls meet each other's trades.
import {
  create,
  createFileRegistry,
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { FileDescriptorSetSchema, TimestampSchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { descriptorSet } from '../../../src/package-files.js';
import type { Dice } from './random.js';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet()));

/** Every method of DTMS's own services. */
export const METHODS: readonly DescMethod[] = [...registry]
  .filter((desc) => desc.kind === 'service')
  .filter(({ typeName }) => typeName.startsWith('dtms.'))
  .flatMap(({ methods }) => methods);

export const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

const UUIDS = Array.from(
  { length: 50 },
  (_, index) => `0b0e7a52-6a2b-4c1e-9f00-${String(index).padStart(12, '0')}`,
);
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  account: ['demo', 'live'],
  feed: ['', 'default', 'demo'],
  symbol: ['BTCUSD', 'XAUUSDc', 'EURUSD'],
  symbols: ['BTCUSD', 'XAUUSDc', 'EURUSD'],
  request_id: ['', ...UUIDS],
  page_token: [''],
  kinds: ['TRADE_HEDGED', 'TRADE_CLOSED'],
  channel: ['', 'ops'],
  currency: ['USD', 'EUR'],
  manager: ['dtms', 'partial', 'breakeven', 'trailing'],
  action_id: ['demo/1/2/TIGHTEN_SL', 'demo/2/3/PARTIAL_CLOSE'],
};
/** The flags that make a good request of these methods: the others contradict another field. */
const FLAGS: Readonly<Record<string, boolean>> = { drain: true, send_initial_state: false };
const WILD_TEXTS = [
  ...[
    '',
    ' ',
    '.',
    'nul\u0000',
    '\u{1F600}'.repeat(64),
    '\uFFFD',
    "'; DROP TABLE trades; --",
    '{"a":1}',
    '\r\n\u001b[2J',
  ],
  ...[64, 65, 160, 512, 5000].map((length) => 'x'.repeat(length)),
];
const DOUBLES = [0.01, 0.5, 1, 90, 99.5, 100, 100.5, 110];
/** What is a share of something. */
const SHARES: ReadonlySet<string> = new Set(['partial_close', 'hedge_ratio', 're_add', 'keep', 'share']);
const WILD_DOUBLES = [0, -0, -1, Number.NaN, Infinity, -Infinity, 5e-324, 1e-300, 1e308, 1e9, 1e6, 2 ** 63];
const LONGS = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];
const WILD_LONGS = [0n, -1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];
const INTS = [0, 1, 2, 3, 16, 60];
/** How many bars of something: at least one. */
const BARS = [1, 2, 16, 60];
const WILD_INTS = [-1, 1000, 1001, 2 ** 31 - 1, -(2 ** 31)];
const TIMES = [0, 1_000, 60_000, 3_600_000];
const WILD_TIMES = [-62_135_596_800_000, 0, 253_402_300_799_999];

/** How often something is left out or taken from the wild: once in so many times. */
const WILD = 25;
const TAME = Number.POSITIVE_INFINITY;

/** A request of the method, encoded. */
export function sampleOf(method: DescMethod, dice: Dice): Buffer {
  return Buffer.from(toBinary(method.input, new Sampler(dice, WILD).message(method.input)));
}

/** A request of the method with every field filled, and no value from the wild. */
export function tameSample(method: DescMethod, dice: Dice): ReflectMessage {
  return reflect(method.input, new Sampler(dice, TAME).message(method.input));
}

class Sampler {
  readonly #dice: Dice;
  readonly #wildness: number;

  constructor(dice: Dice, wildness: number) {
    this.#dice = dice;
    this.#wildness = wildness;
  }

  message(desc: DescMessage): Message {
    if (desc.typeName === TimestampSchema.typeName) {
      return timestampFromMs(
        this.#choose(
          TIMES.map((ago) => Date.now() - ago),
          WILD_TIMES,
        ),
      );
    }
    const message = create(desc);
    const reflected = reflect(desc, message);
    for (const member of desc.members) {
      if (this.#wild()) continue;
      this.#fill(reflected, member.kind === 'oneof' ? this.#dice.pick(member.fields) : member);
    }
    return message;
  }

  #fill(reflected: ReflectMessage, field: DescField): void {
    if (field.fieldKind === 'list') {
      const list = reflected.get(field);
      for (let items = this.#wild() ? 0 : 1 + this.#dice.below(3); items > 0; items -= 1) {
        list.add(this.#single(field));
      }
    } else if (field.fieldKind !== 'map') {
      reflected.set(field, this.#single(field));
    }
  }

  #single(field: DescField): unknown {
    if (field.message !== undefined) return reflect(field.message, this.message(field.message), false);
    if (field.enum !== undefined) return this.#enum(field.enum);
    if (field.scalar === undefined) throw new TypeError(`${field} is of no kind that requests have`);
    return this.#scalar(field.scalar, field.name);
  }

  #enum(desc: DescEnum): number {
    const given = desc.values.map(({ number }) => number).filter((number) => number > 0);
    return this.#choose(given, [0, 99, -1]);
  }

  #scalar(type: ScalarType, name: string): unknown {
    switch (type) {
      case ScalarType.STRING:
        return this.#choose(TEXTS[name] ?? ['b1', 'note'], WILD_TEXTS);
      case ScalarType.DOUBLE:
        return this.#choose(SHARES.has(name) ? [0.25, 0.5] : DOUBLES, WILD_DOUBLES);
      case ScalarType.INT64:
        return this.#choose(LONGS, WILD_LONGS);
      case ScalarType.INT32:
        return this.#choose(name === 'bars' ? BARS : INTS, WILD_INTS);
      case ScalarType.BOOL:
        return this.#wildness === TAME ? (FLAGS[name] ?? this.#dice.once(2)) : this.#dice.once(2);
      default:
        throw new TypeError(`no request has a field of scalar type ${type}`);
    }
  }

  #choose<T>(tame: readonly T[], wild: readonly T[]): T {
    return this.#dice.pick(this.#wild() ? wild : tame);
  }

  #wild(): boolean {
    return this.#dice.once(this.#wildness);
  }
}
