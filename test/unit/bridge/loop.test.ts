// The live loop of a bridge, with short periods: what it does at the start, again and again, after a
// lost connection and after errors. Nothing here depends on how long anything takes.
import { describe, expect, it } from 'vitest';
import { Bridge, type BridgeOptions } from '../../../src/bridge/bridge.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { market, paperBroker, T0 } from '../../support/paper.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const NEVER = 1_000_000;

/** A running bridge; `until` waits for something it does. */
function live(options: Partial<BridgeOptions> = {}) {
  const broker = paperBroker();
  const leases = new ScriptedLeaseClient();
  const terminal = new PaperTerminal(broker);
  const errors: unknown[] = [];
  const bridge = new Bridge(leases, terminal, {
    pollMs: 1,
    heartbeatMs: 1,
    reconcileMs: NEVER,
    slowestPollMs: 2,
    onError: (error) => errors.push(error),
    ...options,
  });
  const stop = new AbortController();
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const end = async () => {
    stop.abort();
    await ended;
  };
  const start = () => {
    ended = bridge.run(stop.signal);
  };
  let ended: Promise<void> = Promise.resolve();
  return { broker, leases, terminal, errors, until, start, end };
}

describe('a live bridge', () => {
  it('reconciles at the start, beats, and takes work as it comes', async () => {
    const { broker, leases, until, start, end } = live();
    const ticket = broker.execute(market('BUY', 1)).openedTicket ?? 0n;
    start();
    await until(() => leases.beats.length > 2);
    leases.plan(action('CLOSE_ALL', { ticket }));
    await until(() => leases.open.length === 0);
    await end();
    expect(broker.positions()).toEqual([]);
    expect(leases.snapshots).toHaveLength(1);
    const kinds = leases.journal.map((line) => line.split(' ')[0]);
    expect(kinds.indexOf('reconcile')).toBeLessThan(kinds.indexOf('lease'));
  });

  it('reconciles again and again', async () => {
    const { leases, until, start, end } = live({ reconcileMs: 1 });
    start();
    await until(() => leases.snapshots.length > 3);
    await end();
  });

  // Before: nobody heard that a snapshot was taken in part, and its deals were never sent again.
  it('tells what is refused of a snapshot, takes work all the same, and sends its deals again', async () => {
    const { broker, leases, errors, until, start, end } = live({ reconcileMs: 1 });
    const ticket = broker.execute(market('BUY', 1)).openedTicket ?? 0n;
    leases.rejected.push([{ field: 'deals[0].price', description: 'is odd' }]);
    start();
    await until(() => leases.snapshots.length > 2);
    leases.plan(action('CLOSE_ALL', { ticket }));
    await until(() => leases.open.length === 0);
    await end();
    expect(errors.map(String)).toEqual(['Error: a part of the snapshot was refused: deals[0].price: is odd']);
    const [first, second, third] = leases.snapshots.map(({ dealsSince }) => dealsSince);
    expect([(second ?? 0) > (first ?? 0), (third ?? 0) > (second ?? 0)]).toEqual([false, true]);
  });

  it('reconciles when the connection is back', async () => {
    const { broker, leases, terminal, until, start, end } = live();
    start();
    await until(() => leases.snapshots.length === 1);
    terminal.disconnect();
    await until(() => leases.beats.at(-1)?.connected === false);
    broker.advance(T0 + 60_000);
    await until(() => leases.snapshots.length === 2);
    await end();
    expect(leases.beats.at(-1)?.connected).toBe(true);
  });

  it('goes on after errors and tells of each', async () => {
    const { broker, leases, errors, until, start, end } = live();
    const ticket = broker.execute(market('BUY', 1)).openedTicket ?? 0n;
    const down = Array.from({ length: 3 }, (_, n) => new Error(`down ${n}`));
    leases.failures.lease = [...down];
    leases.failures.heartbeat = [new Error('no beat')];
    leases.plan(action('CLOSE_ALL', { ticket }));
    start();
    await until(() => leases.open.length === 0);
    await end();
    expect(errors).toEqual(expect.arrayContaining([...down, new Error('no beat')]));
  });

  it('ends at once when it is told to, in the middle of a wait', async () => {
    const { leases, until, start, end } = live({ pollMs: NEVER, heartbeatMs: NEVER });
    start();
    await until(() => leases.beats.length === 1 && leases.journal.some((line) => line.startsWith('lease')));
    await end();
    expect(leases.beats).toHaveLength(1);
  });
});
