// Three servers behind HAProxy as deploy/haproxy/dtms.cfg sets it up, round robin: clients know one address, and kills and
// freezes of the leader, and failovers of the database, lose, double and hide nothing. Runs with DTMS_BALANCED=yes where haproxy is on the machine:
// `npm run test:faults -- --only balanced`. With DTMS_BALANCED_MINUTES one kind, DTMS_BALANCED_KIND, comes again and again for
// so long under a larger load, and what it cost is printed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freePort } from '../../src/store/embedded/cluster.js';
import { until } from '../support/eventually.js';
import { FailoverStage } from '../support/failover-stage.js';
import { FaultLoad, logFaults, readLog } from '../support/fault-load.js';
import { FAULT_KINDS, FaultStage } from '../support/fault-stage.js';
import { MISSING } from '../support/patroni.js';
import { proxyConfig } from '../support/rollout-stage.js';

const minutes = Number(process.env.DTMS_BALANCED_MINUTES ?? 0);
const kind = process.env.DTMS_BALANCED_KIND ?? 'kill';
/** By kind, from one to the next, ms. */
const EVERY_MS: Readonly<Record<string, number>> = { kill: 20_000, freeze: 20_000, failover: 60_000 };
const everyMs = minutes > 0 ? (EVERY_MS[kind] ?? 20_000) : 0;
const SHORT = process.env.DTMS_BALANCED_KIND === undefined ? ['kill', 'kill', 'freeze', 'kill'] : [kind];
const FAULTS = minutes > 0 ? new Array<string>(Math.floor((minutes * 60_000) / everyMs)).fill(kind) : SHORT;
/** How long a freeze lasts, of its longest: the leader is replaced meanwhile. */
const SPAN = 0.5;
/** Acknowledged writes before each fault: without traffic it shows nothing. */
const LEAST_WRITES = 30;
const LARGE = { writers: 100, pauseMs: 1000, watches: 50, bridges: 5 };
const isWanted = process.env.DTMS_BALANCED === 'yes';
const wanting = kind === 'failover' ? MISSING : spawnSync('haproxy', ['-v']).status === 0 ? [] : ['haproxy'];
const missing = isWanted && wanting.length > 0 ? `, skipped for want of ${wanting.join(', ')}` : '';
const why = isWanted ? missing : ', skipped without DTMS_BALANCED=yes';

it.skipIf(why !== '')(
  `nobody behind a balancer notices which server leads${why}`,
  { timeout: 600_000 + minutes * 180_000 },
  async () => {
    const stage = kind === 'failover' ? await FailoverStage.open(3) : await FaultStage.open(3);
    const folder = mkdtempSync(join(tmpdir(), 'dtms-balanced-'));
    const port = await freePort();
    const config = join(folder, 'haproxy.cfg');
    const servers = stage.addresses.split(',').map((address, index) => [`s${index}`, address]);
    writeFileSync(config, proxyConfig(port, join(folder, 'admin.sock'), Object.fromEntries(servers)));
    const balancer = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
    const load = new FaultLoad(`127.0.0.1:${port}`, minutes > 0 ? LARGE : undefined);
    try {
      load.start();
      const awayMs: number[] = [];
      for (const fault of FAULTS) {
        const pause = sleep(everyMs);
        const before = load.writes;
        await until(`traffic before ${fault}`, () => load.writes >= before + LEAST_WRITES);
        let next: Promise<number> = Promise.resolve(0);
        const began = () => {
          const from = performance.now();
          next = load.nextWrite().then((at) => awayMs.push(Math.round(at - from)));
        };
        if (stage instanceof FailoverStage) await stage.failOver(began);
        else await FAULT_KINDS[fault]?.befall(stage, SPAN, began);
        await next;
        stage.look();
        await pause;
      }
      await load.finish(() => stage.newest());
      const { log, differing } = await readLog(
        stage.url,
        stage instanceof FaultStage ? FaultStage.ALL_EVENTS : 'events',
      );
      awayMs.sort((a, b) => a - b);
      const at = (share: number) => awayMs[Math.ceil(share * awayMs.length) - 1];
      console.log(
        `${awayMs.length} of ${kind}, ${load.writes} writes, ${log.length} events; until the next write, ms:`,
        `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, most ${awayMs.at(-1)}; load ${loadavg()[0]?.toFixed(1)}`,
      );
      expect({
        log: [...logFaults(log, load), ...differing].slice(0, 10),
        broker: load.brokerFaults,
        told: load.untyped.slice(0, 5),
        exits: stage.exits,
      }).toEqual({ log: [], broker: [], told: [], exits: [] });
    } finally {
      balancer.kill();
      await stage.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
