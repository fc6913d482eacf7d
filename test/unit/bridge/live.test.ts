// The live course of a bridge, with short periods: what it does at the start, again and again, after a
// lost connection and after errors. Nothing here depends on how long anything takes.
import { describe, expect, it } from 'vitest';
import { Bridge, type BridgeOptions } from '../../../src/bridge/bridge.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { market, paperBroker, T0 } from '../../support/paper.js';
import { action, ScriptedDesk } from '../../support/scripted-desk.js';

const NEVER = 1_000_000;

/** A running bridge; `until` waits for something it does. */
function live(options: Partial<BridgeOptions> = {}) {
  const broker = paperBroker();
  const desk = new ScriptedDesk();
  const terminal = new PaperTerminal(broker);
  const errors: unknown[] = [];
  const bridge = new Bridge(desk, terminal, {
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
  return { broker, desk, terminal, errors, until, start, end };
}

describe('a live bridge', () => {
  it('reconciles at the start, beats, and takes work as it comes', async () => {
    const { broker, desk, until, start, end } = live();
    const ticket = broker.execute(market('BUY', 1)).openedTicket ?? 0n;
    start();
    await until(() => desk.beats.length > 2);
    desk.plan(action('CLOSE_ALL', { ticket }));
    await until(() => desk.open.length === 0);
    await end();
    expect(broker.positions()).toEqual([]);
    expect(desk.snapshots).toHaveLength(1);
    const kinds = desk.journal.map((line) => line.split(' ')[0]);
    expect(kinds.indexOf('reconcile')).toBeLessThan(kinds.indexOf('lease'));
  });

  it('reconciles again and again', async () => {
    const { desk, until, start, end } = live({ reconcileMs: 1 });
    start();
    await until(() => desk.snapshots.length > 3);
    await end();
  });

  it('reconciles when the connection is back', async () => {
    const { broker, desk, terminal, until, start, end } = live();
    start();
    await until(() => desk.snapshots.length === 1);
    terminal.disconnect();
    await until(() => desk.beats.at(-1)?.connected === false);
    broker.advance(T0 + 60_000);
    await until(() => desk.snapshots.length === 2);
    await end();
    expect(desk.beats.at(-1)?.connected).toBe(true);
  });

  it('goes on after errors and tells of each', async () => {
    const { broker, desk, errors, until, start, end } = live();
    const ticket = broker.execute(market('BUY', 1)).openedTicket ?? 0n;
    const down = Array.from({ length: 3 }, (_, n) => new Error(`down ${n}`));
    desk.failures.lease = [...down];
    desk.failures.heartbeat = [new Error('no beat')];
    desk.plan(action('CLOSE_ALL', { ticket }));
    start();
    await until(() => desk.open.length === 0);
    await end();
    expect(errors).toEqual(expect.arrayContaining([...down, new Error('no beat')]));
  });

  it('ends at once when it is told to, in the middle of a wait', async () => {
    const { desk, until, start, end } = live({ pollMs: NEVER, heartbeatMs: NEVER });
    start();
    await until(() => desk.beats.length === 1 && desk.journal.some((line) => line.startsWith('lease')));
    await end();
    expect(desk.beats).toHaveLength(1);
  });
});
