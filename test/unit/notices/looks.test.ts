// Who is away, by what servers tell of themselves: a goodbye is none, silence is, and whoever is back is. And registrations that
// fail one after the other.
import { expect, test } from 'vitest';
import { RegistrationLooks } from '../../../src/notices/looks.js';
import {
  awayNow,
  remembered,
  type SeenServer,
  type ServersMemory,
} from '../../../src/notices/server-watch.js';

const AWAY_MS = 300_000;
const server = (grpcAddress: string, silentMs: number, role: SeenServer['role'] = 'STANDBY'): SeenServer => ({
  serverId: `machine-${grpcAddress}`,
  grpcAddress,
  role,
  silentMs,
});
const NEW: ServersMemory = { signs: new Map(), leaderAt: 0 };
const keysOf = (memory: ServersMemory, now: number, known: readonly string[] = []) =>
  awayNow(
    memory,
    known.map((key) => ({ key, forMs: 1000 })),
    now,
    AWAY_MS,
  ).map(({ key }) => key);

test('a server that went without a word is away, until one of its address is back', () => {
  let memory = remembered(NEW, [server('a:1', 0, 'LEADER'), server('b:1', 0)], 0);
  memory = remembered(memory, [server('a:1', 0, 'LEADER'), server('b:1', 40_000)], 40_000);
  // Its row is taken out.
  memory = remembered(memory, [server('a:1', 0, 'LEADER')], 290_000);
  expect(keysOf(memory, 290_000)).toEqual([]);
  memory = remembered(memory, [server('a:1', 0, 'LEADER')], 301_000);
  expect(keysOf(memory, 301_000)).toEqual(['SERVER_AWAY|b:1']);
  // Another server goes on with the work, and remembers nothing.
  const next = remembered({ ...NEW, leaderAt: 310_000 }, [server('a:1', 0, 'LEADER')], 310_000);
  expect(keysOf(next, 310_000, ['SERVER_AWAY|b:1'])).toEqual(['SERVER_AWAY|b:1']);
  const back = remembered(next, [server('a:1', 0, 'LEADER'), server('b:1', 10)], 320_000);
  expect(keysOf(back, 320_000, ['SERVER_AWAY|b:1'])).toEqual([]);
});

test('a server that stopped in order is not missed', () => {
  let memory = remembered(NEW, [server('a:1', 0, 'LEADER'), server('b:1', 900)], 0);
  memory = remembered(memory, [server('a:1', 0, 'LEADER')], 400_000);
  expect(keysOf(memory, 400_000)).toEqual([]);
});

test('that nobody leads is told after a while, and a moment of it is not', () => {
  const memory = remembered(NEW, [server('a:1', 0)], 200_000);
  expect(keysOf(memory, 200_000)).toEqual([]);
  expect(keysOf(remembered(memory, [server('a:1', 0)], 301_000), 301_000)).toEqual(['NO_LEADER']);
  const led = remembered(memory, [server('a:1', 0, 'LEADER')], 310_000);
  expect(keysOf(led, 310_000)).toEqual([]);
});

test('three registrations that fail in a row, and not three in all', () => {
  const looks = new RegistrationLooks();
  const failing = (registered: number, failed: number) =>
    looks.look('here', { registered, failed }, 0).found.length > 0;
  expect(failing(5, 2)).toBe(false);
  expect(failing(5, 4)).toBe(false);
  expect(failing(5, 5)).toBe(true);
  expect(failing(6, 9)).toBe(false);
  expect(failing(6, 12)).toBe(true);
});
