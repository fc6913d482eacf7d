// Three servers, and everybody calls one that does not lead: writers, watches, feeds and a bridge. The leader is killed,
// then frozen. What was acknowledged is in the log, once; every watch saw all of it; nobody was ever told to look elsewhere.
import { expect, it } from 'vitest';
import { until } from '../support/eventually.js';
import { FaultLoad, logFaults, readLog } from '../support/fault-load.js';
import { FAULT_KINDS, FaultStage } from '../support/fault-stage.js';

/** Acknowledged writes before each fault and after it: without traffic it shows nothing. */
const LEAST_WRITES = 30;

it('serves whoever calls, whatever befalls the leader', async () => {
  const stage = await FaultStage.open(3);
  const load = new FaultLoad(await stage.followers());
  try {
    load.start();
    for (const kind of ['kill', 'freeze']) {
      const before = load.writes;
      await until(`traffic before ${kind}`, () => load.writes >= before + LEAST_WRITES);
      let next: Promise<number> = Promise.resolve(0);
      await FAULT_KINDS[kind]?.befall(stage, 0, () => {
        next = load.nextWrite();
      });
      await next;
      stage.look();
    }
    const last = load.writes;
    await until('traffic in the end', () => load.writes >= last + LEAST_WRITES);
    await load.finish(() => stage.newest());
    const { log, differing } = await readLog(stage.url, FaultStage.ALL_EVENTS);
    expect({
      log: [...logFaults(log, load), ...differing].slice(0, 10),
      broker: load.brokerFaults,
      told: load.untyped.slice(0, 5),
      silences: load.silences,
      exits: stage.exits,
    }).toEqual({ log: [], broker: [], told: [], silences: [], exits: [] });
  } finally {
    await stage.close();
  }
});
