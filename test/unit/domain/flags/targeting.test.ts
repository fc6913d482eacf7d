// What the targeting of flags takes, what it refuses before it decides anything, and how it shares.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareOf } from '../../../../src/domain/flags/bucket.js';
import { evaluateDefinition, readDefinitions } from '../../../../src/domain/flags/definition.js';
import { decodeFlags } from '../../../../src/store/bodies/flags.js';
import '../../../support/properties.js';

const VARIANTS = { on: true, off: false };

describe('targeting', () => {
  test('law: who is in a share is in every larger one, and a share is about as large as it says', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 99 }), (text, percent) => {
        const share = shareOf(text, 100);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(100);
        if (share < percent) expect(shareOf(text, 100)).toBeLessThan(percent + 1);
      }),
    );
    const inside = Array.from({ length: 5000 }, (_, index) => shareOf(`enforceaccount-${index}`, 100) < 25);
    const part = inside.filter(Boolean).length / inside.length;
    expect(part).toBeGreaterThan(0.22);
    expect(part).toBeLessThan(0.28);
  });

  test.each([
    [
      'an operator nobody knows',
      { sem_ver: [{ var: 'build' }, '>', '1.0.0'] },
      'operator sem_ver is not known',
    ],
    ['the time', { '<': [{ var: '$flagd.timestamp' }, 1] }, 'operator < is not known'],
    [
      'the time, compared with one',
      { '==': [{ var: '$flagd.timestamp' }, 1] },
      'decides the same at every moment',
    ],
    ['a share that is no whole number', { fractional: [['on', 0.5]] }, 'weight of a split is an integer'],
    ['a split without shares', { fractional: [['on', 0]] }, 'a split has no shares'],
    ['a split of more than there is', { fractional: [['on', 2 ** 31]] }, 'together too large'],
    [
      'a variant that is misspelt',
      { if: [{ '===': [{ var: 'account' }, 'real'] }, 'of', 'on'] },
      '"of" is none of the variants',
    ],
    [
      'one in a split',
      {
        if: [
          { var: 'account' },
          {
            fractional: [
              ['on', 1],
              ['offf', 1],
            ],
          },
        ],
      },
      '"offf" is none of the variants',
    ],
    ['two operators', { '==': [1, 1], '!=': [1, 1] }, 'names one operator'],
  ])('%s is refused before it decides anything', (_what, rule, problem) => {
    const told = { state: 'ENABLED', variants: VARIANTS, defaultVariant: 'on', targeting: rule };
    const { definitions, problems } = readDefinitions({ flags: { enforce: told } });
    expect(definitions).toEqual({});
    expect(problems.join()).toContain(problem);
  });

  test('a flag nobody knows, a variant that is no boolean and a default that is none are problems with their paths', () => {
    const { problems } = readDefinitions({
      flags: {
        enfroce: {},
        enforce: { state: 'ON', variants: { on: 'yes' }, defaultVariant: 'off' },
      },
    });
    expect(problems).toEqual([
      'flags.enfroce: there is no such flag',
      'flags.enforce.state: must be ENABLED or DISABLED',
      'flags.enforce.variants: each must be true or false',
      'flags.enforce.defaultVariant: must be one of the variants',
    ]);
  });

  test('what is in force already counts as it was put there, though a file with it is refused now', () => {
    const targeting = { if: [{ '===': [{ var: 'account' }, 'real'] }, 'off', 'onn'] };
    const told = { state: 'ENABLED', variants: VARIANTS, defaultVariant: 'on', targeting };
    const newer = { ...told, targeting: { newer_operator: [] } };
    expect(readDefinitions({ flags: { enforce: told } }).definitions).toEqual({});
    const text = JSON.stringify({
      ...{ v: 1, revision: 1, build: '1', settings: [] },
      definitions: { enforce: told, rest: newer, 'of-a-newer-build': told },
    });
    const { definitions } = decodeFlags(text);
    const said = (flag: 'enforce' | 'rest', account: string) => {
      const definition = definitions[flag];
      return definition && evaluateDefinition(flag, definition, { account, build: '1' });
    };
    expect(said('enforce', 'real')).toMatchObject({ value: false });
    expect(said('rest', 'real')).toMatchObject({ reason: 'ERROR' });
    expect(Object.keys(definitions)).toEqual(['enforce', 'rest']);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'variable %s stands for nothing',
    (name) => {
      const targeting = { if: [{ var: name }, 'on', 'off'] };
      const told = JSON.parse(
        JSON.stringify({
          flags: { enforce: { state: 'ENABLED', variants: VARIANTS, defaultVariant: 'on', targeting } },
        }),
      );
      const { enforce } = readDefinitions(told).definitions;
      if (enforce === undefined) throw new Error('it was not read');
      expect(evaluateDefinition('enforce', enforce, { account: 'demo', build: '1' })).toMatchObject({
        value: false,
        reason: 'TARGETING_MATCH',
      });
    },
  );

  test('where a rule has no answer the flag is on, and says that it is broken', () => {
    const told = {
      state: 'ENABLED',
      variants: VARIANTS,
      defaultVariant: 'off',
      targeting: { var: 'account' },
    };
    const { enforce } = readDefinitions({ flags: { enforce: told } }).definitions;
    if (enforce === undefined) throw new Error('it was not read');
    const found = evaluateDefinition('enforce', enforce, { account: 'demo', build: '1' });
    expect(found).toMatchObject({ value: true, reason: 'ERROR', note: 'variant demo is not defined' });
  });
});
