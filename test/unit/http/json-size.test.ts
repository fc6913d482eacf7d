// How much a body of JSON may hold: counted exactly whatever texts are in it, and no good batch is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DtmsError } from '../../../src/errors/errors.js';
import { excessOf, MOST_DEPTH, WORTH_COUNTING_BYTES } from '../../../src/http/json-size.js';
import { Transcoder } from '../../../src/http/transcoder.js';
import { CONTRACT } from '../../support/grpc.js';

/** Blanks count for nothing, and make a body worth counting. */
const PADDING = ' '.repeat(WORTH_COUNTING_BYTES);
const excess = (text: string, most: number) => excessOf(Buffer.from(text + PADDING), most);

/** Members and items, and one for each list or object that is empty. */
function partsOf(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 0;
  const values = Object.values(json);
  return Math.max(1, values.length) + values.reduce<number>((sum, value) => sum + partsOf(value), 0);
}

describe('the count', () => {
  test('is exact, with any text', () => {
    const texts = fc.string({ unit: fc.constantFrom('"', '\\', ',', '[', '{', '}', 'é', 'a', '\n') });
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        texts,
        fc.integer(),
        fc.array(tie('json'), { maxLength: 5 }),
        fc.dictionary(texts, tie('json'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        const parts = partsOf(value);
        expect(excess(text, parts)).toBeUndefined();
        if (parts > 0) expect(excess(text, parts - 1)).toBe('parts');
      }),
    );
  });

  test('of levels is exact, and not of lists beside each other', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(excess(nested(MOST_DEPTH), 1e6)).toBeUndefined();
    expect(excess(nested(MOST_DEPTH + 1), 1e6)).toBe('depth');
    expect(excess(`[${Array<string>(1000).fill('{}').join(',')}]`, 1e6)).toBeUndefined();
  });

  test.each(['"', '"\\', '"\\"', ']]]]', '{"a'])('of what is no JSON ends: %s', (text) => {
    expect(excessOf(Buffer.from(PADDING + text), 10)).toBeUndefined();
  });
});

describe('a request', () => {
  const transcoder = new Transcoder(CONTRACT);
  const desc = CONTRACT.registry.getMessage('dtms.v1.BatchRegisterTradesRequest');
  const trade = CONTRACT.registry.getMessage('dtms.v1.RegisterTradeRequest');

  test('of as many trades as there may be, every field given, is read', () => {
    if (desc === undefined) throw new Error('no such message');
    const [trades] = desc.fields;
    const fields = trades?.message?.fields.map(({ jsonName }) => [jsonName, 'a, [b], {c} and "d"']) ?? [];
    expect(fields.length).toBeGreaterThan(5);
    const body = { trades: Array.from({ length: 1000 }, () => Object.fromEntries(fields)) };
    expect(transcoder.parse(desc, Buffer.from(JSON.stringify(body)))).toEqual(body);
  });

  test.each([
    ['a list of 300,000 empty objects', desc, `{"trades":[${'{},'.repeat(300_000)}{}]}`],
    ['50,000 names', trade, `{${Array.from({ length: 50_000 }, (_, i) => `"n${i}":${i}`).join(',')}}`],
    ['1 MB of lists that do not end', trade, '['.repeat(1024 * 1024)],
    // Were it parsed, it would be refused as no JSON.
    ['too much that is no JSON', trade, ','.repeat(1024 * 1024)],
  ])('of %s is refused before it is parsed', (_what, type, text) => {
    if (type === undefined) throw new Error('no such message');
    const refused = (): unknown => {
      try {
        return transcoder.parse(type, Buffer.from(text));
      } catch (error) {
        return error instanceof DtmsError ? error.violations : error;
      }
    };
    expect(refused()).toEqual([
      { field: '', description: expect.stringMatching(/^must (have at most|not be more than)/) },
    ]);
  });
});
