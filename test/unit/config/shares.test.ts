// Limits of one and of all: whatever is set, no one may have everything, and each such pair is one sentence.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Config, type DeepPartial, readConfig } from '../../../src/config/config.js';

const PAIRS: readonly (readonly [string, string])[] = [
  ['limits.maxStreamsPerCaller', 'limits.maxStreams'],
  ['limits.maxStreamsPerAccount', 'limits.maxStreams'],
  ['limits.maxStreamsPerCaller', 'watch.maxWatchers'],
  ['limits.maxStreamsPerAccount', 'watch.maxWatchers'],
  ['limits.maxCallsPerAccount', 'limits.maxCallsInFlight'],
  ['limits.strangersPerSecond', 'limits.strangersPerSecondInAll'],
  ['grpc.maxConnectionsPerAddress', 'grpc.maxConnections'],
  ['http.maxConnectionsPerAddress', 'http.maxConnections'],
  ['rules.feeds.maximumPerKey', 'rules.feeds.maximum'],
  ['rules.feeds.maximumMarketsPerFeed', 'rules.feeds.maximumMarkets'],
  ['rules.feeds.maximumInstrumentsPerAccount', 'rules.feeds.maximumInstruments'],
];
const PATHS = [...new Set(PAIRS.flat())];

const problemsOf = (set: ReadonlyMap<string, number>): readonly string[] => {
  const overrides: DeepPartial<Config> = {};
  for (const [path, value] of set) put(overrides, path.split('.'), value);
  return readConfig({ env: {}, overrides }).problems;
};

function put(into: object, [name = '', ...below]: readonly string[], value: number): void {
  if (below.length === 0) Reflect.set(into, name, value);
  else {
    if (Reflect.get(into, name) === undefined) Reflect.set(into, name, {});
    put(Reflect.get(into, name), below, value);
  }
}

test('are refused just where one is not below the other', () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 12 }), {
    minLength: PATHS.length,
    maxLength: PATHS.length,
  });
  fc.assert(
    fc.property(numbers, (values) => {
      const set = new Map(PATHS.map((path, index) => [path, values[index] ?? 1]));
      const isFull = ([one, all]: readonly [string, string]) => (set.get(one) ?? 0) >= (set.get(all) ?? 0);
      expect(problemsOf(set)).toEqual(
        PAIRS.filter(isFull).map(
          ([one, all]) =>
            `${one}: ${set.get(one)} must be below ${all} ${set.get(all)}, so that others have a share`,
        ),
      );
    }),
    { numRuns: 40 },
  );
});

test('against a default too', () => {
  expect(problemsOf(new Map([['limits.maxStreamsPerAccount', 5000]]))).toEqual([
    'limits.maxStreamsPerAccount: 5000 must be below limits.maxStreams 5000, so that others have a share',
    'limits.maxStreamsPerAccount: 5000 must be below watch.maxWatchers 1000, so that others have a share',
  ]);
  expect(problemsOf(new Map([['limits.maxStreams', 200]]))).toHaveLength(1);
  expect(problemsOf(new Map())).toEqual([]);
});
