// The field rules of the document against those of the protos: a body that is changed a little is refused by
// its schema if and only if protovalidate refuses it.
import { type DescMessage, fromBinary, isMessage } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusedItems } from '../../../src/errors/refused-items.js';
import { Transcoder } from '../../../src/http/transcoder.js';
import { CONTRACT } from '../../support/grpc.js';
import { examples, faults, type Json, type Located, operations, pointerTo } from '../../support/openapi.js';
import { runs } from '../../support/properties.js';

const { registry } = CONTRACT;
const oracle = createValidator({ registry });

interface Case {
  readonly name: string;
  readonly located: Located;
  readonly type: string;
  readonly body: Json;
  readonly input: DescMessage;
  /** What the path names, by the fields' JSON names. */
  readonly variables: Readonly<Record<string, Json>>;
}

const cases: readonly Case[] = operations.flatMap((located) => {
  const [service = '', name = ''] = located.operation['x-grpc-method']?.split('/') ?? [];
  const input = registry.getService(service)?.methods.find((method) => method.name === name)?.input;
  const type = Object.keys(located.operation.requestBody?.content ?? {})[0];
  const example = examples[name];
  if (input === undefined || type === undefined || example?.body === undefined) return [];
  const named = (located.operation.parameters ?? []).map((parameter) => parameter.name);
  const given = Object.entries(example.parameters ?? {}).filter(([key]) => named.includes(key));
  const variables: Record<string, Json> = Object.fromEntries(given);
  return [{ name, located, type, body: example.body, input, variables }];
});

const transcoder = new Transcoder(CONTRACT);

/** Whether the protos take a request with all of its items, read as the gateway reads it. */
function admitted({ input, variables }: Case, body: Json): boolean {
  try {
    const bytes = transcoder.toBytes(input, { ...Object(body), ...variables });
    if (input.fields.some(({ name }) => refusedItems(bytes, name).size > 0)) return false;
    const message = fromBinary(input, bytes);
    return isMessage(message) && oracle.validate(input, message).kind === 'valid';
  } catch {
    return false;
  }
}

const TEXTS = [
  ...[
    '',
    ' ',
    'demo',
    'de mo',
    'é',
    '.demo',
    'a.b:c@d-e_f',
    'USD',
    'usd',
    'exit_manager',
    'nul\u0000',
    'x\n',
  ],
  ...['0', '1', '-1', '42', '9007199254740993', '007', '1.5', 'DIRECTION_SELL', 'LOG_LEVEL_DEBUG', 'NOPE'],
  ...['0b0e7a52-6a2b-4c1e-9f00-0123456789ab', '0b0e7a52-6a2b-4c1e-9f00', '2026-01-05T10:00:00Z'],
  ...[32, 33, 48, 49, 64, 65, 128, 129, 160, 161, 256, 257].map((length) => 'x'.repeat(length)),
];
const NUMBERS = [
  0,
  1,
  -1,
  5,
  9,
  300,
  301,
  1000,
  1001,
  1081,
  1e6,
  1e6 + 1,
  1e9,
  1e9 + 1,
  1e12,
  1.1e12,
  0.01,
  1e15,
];

/** One leaf, or one field left out, or one list emptied or made longer. */
interface Change {
  readonly at: number;
  readonly text: string;
  readonly number: number;
  readonly kind: 'replace' | 'remove' | 'double' | 'add';
}

const changes: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(200),
  text: fc.constantFrom(...TEXTS),
  number: fc.constantFrom(...NUMBERS),
  kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'double', 'add'),
});

/** The places within JSON, as lists of keys. */
function places(json: Json, here: readonly string[] = []): (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return [here];
  const inner = Object.entries(json).flatMap(([key, value]) => places(value as Json, [...here, key]));
  return here.length === 0 ? inner : [here, ...inner];
}

function changed(json: Json, place: readonly string[], { kind, text, number }: Change): Json {
  const copy = structuredClone(json) as Record<string, Json>;
  const [last = ''] = place.slice(-1);
  const parent = place.slice(0, -1).reduce((at, key) => at[key] as Record<string, Json>, copy);
  const value = parent[last] ?? null;
  if (kind === 'add') parent.surplus = text;
  else if (kind === 'remove') {
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  } else if (Array.isArray(value)) parent[last] = kind === 'double' ? [...value, ...value] : [];
  else if (typeof value === 'number') parent[last] = number;
  else if (typeof value === 'string') parent[last] = text;
  return copy;
}

describe('a changed body is refused by its schema as by the protos', () => {
  // Times are of a format, which no schema has to check: those changes are left out.
  const isTime = (place: readonly string[]) => /(time|At|Since)$/i.test(place.at(-1) ?? '');

  for (const one of cases) {
    const pointer = pointerTo(one.located, 'requestBody', 'content', one.type, 'schema');
    const at = places(one.body).filter((place) => !isTime(place));
    test(one.name, { skip: at.length === 0 }, () => {
      expect(admitted(one, one.body)).toBe(true);
      fc.assert(
        fc.property(fc.array(changes, { minLength: 1, maxLength: 2 }), ([first, second]) => {
          let body = one.body;
          for (const change of [first, second]) {
            if (change === undefined) continue;
            const current = places(body).filter((place) => !isTime(place));
            const place = current[change.at % Math.max(1, current.length)];
            if (place !== undefined) body = changed(body, place, change);
          }
          expect([body, faults(pointer, body).length === 0]).toEqual([body, admitted(one, body)]);
        }),
        { numRuns: runs(300) },
      );
    });
  }
});
