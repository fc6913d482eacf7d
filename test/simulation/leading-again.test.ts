// A server leads again as soon as it can, on virtual time: what a term that lost its lead still reads is waited for by
// nobody, and a database that comes back is found within a second.
import { expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { Authority } from '../../src/engine/authority.js';
import { createLogger } from '../../src/observability/logger.js';
import { StoreUnavailableError } from '../../src/store/errors.js';
import { MemoryDatabase } from './memory-database.js';
import { type Line, MemoryStore } from './memory-store.js';
import { VirtualTime } from './virtual-time.js';

type Held = Pick<Authority, 'role' | 'obstacle' | 'otherLeads' | 'handOver'>;

const MINUTE = 60_000;

/** Does something with a server whose database is at the end of this line, from its start on. */
async function started<T>(
  line: Line,
  act: (authority: Held, time: VirtualTime) => Promise<T>,
  leads: (leading: 'yes' | 'no') => void = () => undefined,
): Promise<T> {
  const time = new VirtualTime(Date.UTC(2026, 0, 5));
  time.install();
  try {
    const store = new MemoryStore(new MemoryDatabase(() => time.date), line, 10);
    const listener = { leads, written: () => undefined, planned: () => undefined, advanced: () => undefined };
    const options = {
      rules: DEFAULT_RULES,
      maxPending: 10,
      processClock: () => time.date,
      journal: 'off',
      checkpointMs: 60_000,
    } as const;
    const authority = new Authority(store, options, listener, createLogger('silent'));
    authority.start('here');
    const result = await act(authority, time);
    const isLeader = authority.role === 'LEADER';
    const stopped = authority.stop();
    await time.run(() => false, MINUTE);
    if (isLeader) await stopped;
    return result;
  } finally {
    time.restore();
  }
}

/** When such a server leads, ms after its start. */
function leadsAfter(line: Line): Promise<number> {
  return started(line, async (authority, time) => {
    const leads = await time.run(() => authority.role === 'LEADER', 10 * MINUTE);
    return leads ? time.now : Number.POSITIVE_INFINITY;
  });
}

test('a server leads again though a read of the term before is never answered', async () => {
  let reads = 0;
  let leads = 0;
  const line: Line = {
    pass: async (what, act) => {
      if (what === 'read' && ++reads === 1) return new Promise<never>(() => undefined);
      // The second one is the first probe.
      if (what === 'lead' && ++leads === 2) throw new StoreUnavailableError('lost', 'unknown');
      return act();
    },
  };
  expect(await leadsAfter(line)).toBeLessThan(MINUTE);
});

test.each([1_000, 20_000, 5 * MINUTE])(
  'a database that was away for %i ms is found soon after',
  async (away) => {
    const line: Line = {
      pass: async (_what, act) => {
        if (performance.now() < away) throw new StoreUnavailableError('away', 'not_written');
        return act();
      },
    };
    const at = await leadsAfter(line);
    expect(at).toBeGreaterThanOrEqual(away);
    expect(at).toBeLessThanOrEqual(away + 1000);
  },
);

test('one that cannot try to lead has no obstacle while another is seen to lead, and has one again soon after', async () => {
  const line: Line = {
    pass: async (what, act) => {
      if (what === 'lead') throw new StoreUnavailableError('no connection is free', 'not_written');
      return act();
    },
  };
  await started(line, async (authority, time) => {
    const is = (obstacle: string | undefined) => () => authority.obstacle?.message === obstacle;
    expect(await time.run(is('no connection is free'), MINUTE)).toBe(true);
    authority.otherLeads();
    expect(is(undefined)()).toBe(true);
    const seenAt = time.now;
    expect(await time.run(is('no connection is free'), MINUTE)).toBe(true);
    expect(time.now - seenAt).toBeGreaterThan(500);
    expect(time.now - seenAt).toBeLessThan(2000);
  });
});

test('a hand-over that fails on its way does not end the trying', async () => {
  const undisturbed: Line = { pass: async (_what, act) => act() };
  let failures = 0;
  const leads = (leading: 'yes' | 'no'): void => {
    if (leading === 'no' && ++failures === 1) throw new Error('nobody could be told');
  };
  await started(
    undisturbed,
    async (authority, time) => {
      const isLeading = () => authority.role === 'LEADER';
      expect(await time.run(isLeading, MINUTE)).toBe(true);
      const handed = authority.handOver();
      expect(await time.run(() => failures === 1, MINUTE)).toBe(true);
      await handed;
      expect(await time.run(isLeading, MINUTE)).toBe(true);
    },
    leads,
  );
});
