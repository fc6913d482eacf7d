// Weights: green's share is what was asked for, never nothing and never all in between; and what HAProxy answers.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serversIn } from '../../../src/rollout/haproxy.js';
import { directCalls, type RolloutServer, weightsOf } from '../../../src/rollout/traffic.js';

const group = (name: string, count: number): RolloutServer[] =>
  Array.from({ length: count }, (_, index) => ({ name: `${name}${index}`, address: 'a:1', http: '' }));

/** What green gets by the weights, in percent. */
function shareOf(weights: ReadonlyMap<string, number>): number {
  const sum = (prefix: string) =>
    [...weights].filter(([name]) => name.startsWith(prefix)).reduce((all, [, weight]) => all + weight, 0);
  return (100 * sum('green')) / (sum('green') + sum('blue'));
}

describe('weights', () => {
  test('give green its share within half a percent, of up to 16 servers each', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 16 }),
        (percent, blue, green) => {
          const weights = weightsOf({ blue: group('blue', blue), green: group('green', green) }, percent);
          expect(weights.size).toBe(blue + green);
          for (const weight of weights.values()) {
            expect(Number.isInteger(weight)).toBe(true);
            expect(weight).toBeLessThanOrEqual(256);
          }
          const share = shareOf(weights);
          if (percent === 0 || percent === 100) expect(share).toBe(percent);
          else {
            expect(share).toBeGreaterThan(0);
            expect(share).toBeLessThan(100);
            // A server has at least 1 of 256: 1% for 16 against 1 is 1 : 256 each.
            const coarsest = Math.max(
              (100 * green) / (green + 256 * blue),
              (100 * blue) / (blue + 256 * green),
            );
            expect(Math.abs(share - percent)).toBeLessThanOrEqual(Math.max(0.5, coarsest));
          }
        },
      ),
    );
  });

  test('one against one are as small as they can be', () => {
    const groups = { blue: group('blue', 1), green: group('green', 1) };
    expect([...weightsOf(groups, 1).values()]).toEqual([99, 1]);
    expect([...weightsOf(groups, 25).values()]).toEqual([3, 1]);
    expect([...weightsOf(groups, 50).values()]).toEqual([1, 1]);
  });

  test('are set only where they are others, whoever gets more first, and a proxy that does not keep them is told', async () => {
    const groups = { blue: group('blue', 1), green: group('green', 1) };
    const has = new Map([
      ['blue0', 1],
      ['green0', 0],
    ]);
    const told: string[][] = [];
    const traffic = {
      servers: async () => [...has].map(([name, weight]) => ({ name, address: 'a:1', weight, isUp: true })),
      setWeights: async (weights: ReadonlyMap<string, number>) => {
        told.push([...weights.keys()]);
        for (const [name, weight] of weights) has.set(name, weight);
      },
    };
    await directCalls(traffic, groups, 100);
    await directCalls(traffic, groups, 100);
    expect(told).toEqual([['green0', 'blue0']]);
    await expect(directCalls({ ...traffic, setWeights: async () => undefined }, groups, 0)).rejects.toThrow(
      'does not keep',
    );
  });
});

test('a server that is gone from the proxy is in nobody’s way back, and gets no share either', async () => {
  const groups = { blue: group('blue', 1), green: group('green', 1) };
  const traffic = {
    servers: async () => [{ name: 'blue0', address: 'a:1', weight: 1, isUp: true }],
    setWeights: async () => undefined,
  };
  expect(await directCalls(traffic, groups, 0)).toContain('green0 0');
  await expect(directCalls(traffic, groups, 50)).rejects.toThrow('does not keep weights: green0');
});

describe('what HAProxy answers', () => {
  const HEAD =
    '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port';

  test('drained and in maintenance is weight 0, whatever its weight', () => {
    const rows = ['a 2 0 99', 'b 2 8 99', 'c 0 1 99', 'd 0 0 5'].map((row) => {
      const [name, op, admin, weight] = row.split(' ');
      return `3 dtms 1 ${name} 10.0.0.1 ${op} ${admin} ${weight} 1 17 6 3 4 6 0 0 0 - 50051`;
    });
    expect(serversIn(['1', HEAD, ...rows, '', ''].join('\n'))).toEqual([
      { name: 'a', address: '10.0.0.1:50051', weight: 99, isUp: true },
      { name: 'b', address: '10.0.0.1:50051', weight: 0, isUp: true },
      { name: 'c', address: '10.0.0.1:50051', weight: 0, isUp: false },
      { name: 'd', address: '10.0.0.1:50051', weight: 5, isUp: false },
    ]);
  });

  test('no such backend is said', () => {
    expect(() => serversIn("Can't find backend.\n")).toThrow("Can't find backend");
  });
});
