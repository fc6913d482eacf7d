// A configuration that is read again is in force whole or not at all, as far as it can change while a server runs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigReloads } from '../../../src/commands/reload-config.js';
import { type Config, type DeepPartial, readConfig } from '../../../src/config/config.js';
import { isLive, LiveConfig } from '../../../src/config/live.js';
import { leaves } from '../../../src/config/origins.js';
import { differences } from '../../../src/config/shown.js';
import { LevelControl } from '../../../src/observability/log-level.js';
import { createLogger } from '../../../src/observability/logger.js';
import type { Audit } from '../../../src/store/types.js';
import { runs } from '../../support/properties.js';

const read = (overrides: DeepPartial<Config>) => readConfig({ env: {}, overrides });

/** Some settings that can change and some that cannot; some values are wrong. */
const settings = fc.record(
  {
    limits: fc.record({
      queriesPerSecond: fc.constantFrom(1, 7, 0),
      maxStreams: fc.integer({ min: 201, max: 209 }),
    }),
    log: fc.record({
      level: fc.constantFrom('warn' as const, 'debug' as const),
      sampleFirst: fc.constantFrom(5, 1000),
    }),
    retention: fc.record({
      days: fc.integer({ min: 1, max: 3 }),
      partitionRevisions: fc.constantFrom(1000, 2000),
    }),
    rules: fc.record({ states: fc.record({ l2Score: fc.constantFrom(-4, -5) }) }),
    grpc: fc.record({ port: fc.integer({ min: 0, max: 2 }) }),
  },
  { requiredKeys: [] },
);

function course(first: DeepPartial<Config>) {
  const { config } = read(first);
  let next = first;
  const live = new LiveConfig(config, () => read(next));
  const audits: Audit[] = [];
  const logger = createLogger('silent');
  logger.level = config.log.level;
  const levels = new LevelControl(logger);
  const reloads = new ConfigReloads({
    live,
    audits: {
      add: async (audit) => {
        audits.push(audit);
      },
    },
    levels,
    logger: createLogger('silent'),
    defineFlags: async () => [],
  });
  return {
    live,
    audits,
    levels,
    reload: (overrides: DeepPartial<Config>) => {
      next = overrides;
      return reloads.reload({ method: 'test', principal: { name: 'ann', id: '1' } });
    },
  };
}

const valuesOf = (config: Config) =>
  new Map(leaves(config).map(([path, value]) => [path, JSON.stringify(value)]));

test('what can change is as it was read last without a problem, and everything else as at the start', async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(settings, { maxLength: 4 }), async (first, later) => {
      fc.pre(read(first).problems.length === 0);
      const { live, audits, levels, reload } = course(first);
      const held = live.settings.limits;
      const start = valuesOf(read(first).config);
      let last = read(first).config;
      let revision = 1;
      for (const overrides of later) {
        const { config, problems } = read(overrides);
        const told = audits.length;
        if (problems.length > 0) {
          await expect(reload(overrides)).rejects.toMatchObject({
            metadata: { problems: problems.join('\n') },
          });
          expect(audits).toHaveLength(told);
        } else {
          const outcome = await reload(overrides);
          const changes = differences(last, config).map(({ path }) => path);
          const changed = changes.filter(isLive);
          if (changed.length > 0) revision += 1;
          expect(outcome.changed).toEqual(changed);
          expect(outcome.revision).toBe(revision);
          expect([...outcome.needsRestart]).toEqual(
            [...valuesOf(config)].flatMap(([path, value]) =>
              isLive(path) || start.get(path) === value ? [] : [path],
            ),
          );
          expect(audits).toHaveLength(told + 1);
          last = config;
        }
        const expected = new Map(
          [...valuesOf(last)].map(([path, value]) => [path, isLive(path) ? value : start.get(path)]),
        );
        expect(valuesOf(live.settings)).toEqual(expected);
        expect(live.revision).toBe(revision);
        expect(levels.level).toBe(last.log.level);
      }
      // Whoever holds the limits sees what changes.
      expect(live.settings.limits).toBe(held);
    }),
    { numRuns: runs(15) },
  );
});

test('what cannot be audited is not done', async () => {
  const live = new LiveConfig(read({}).config, () => read({ limits: { maxStreams: 300 } }));
  const logger = createLogger('silent');
  const reloads = new ConfigReloads({
    live,
    audits: { add: () => Promise.reject(new Error('away')) },
    levels: new LevelControl(logger),
    logger,
    defineFlags: async () => [],
  });
  await expect(reloads.reload({ method: 'test', principal: { name: 'ann', id: '1' } })).rejects.toThrow(
    'away',
  );
  expect(live.settings.limits.maxStreams).toBe(5000);
  expect(live.revision).toBe(1);
});
