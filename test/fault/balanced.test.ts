// Three servers behind HAProxy, round robin: clients know one address, and kills and freezes of the leader lose, double and
// hide nothing. Runs with DTMS_BALANCED=yes where haproxy is on the machine: `npm run test:faults -- --only balanced`; with
// DTMS_BALANCED_MINUTES the leader is killed every 20 s for so long, and what it cost is printed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freePort } from '../../src/store/embedded/cluster.js';
import { until } from '../support/eventually.js';
import { FaultLoad, logFaults, readLog } from '../support/fault-load.js';
import { FAULT_KINDS, FaultStage } from '../support/fault-stage.js';

const minutes = Number(process.env.DTMS_BALANCED_MINUTES ?? 0);
const FAULTS = minutes > 0 ? new Array<string>(minutes * 3).fill('kill') : ['kill', 'kill', 'freeze', 'kill'];
/** From one kill to the next, in ms; without a number of minutes they follow each other. */
const EVERY_MS = minutes > 0 ? 20_000 : 0;
/** Acknowledged writes before each fault: without traffic it shows nothing. */
const LEAST_WRITES = 30;
const isWanted = process.env.DTMS_BALANCED === 'yes';
const missing = isWanted && spawnSync('haproxy', ['-v']).status !== 0 ? ', skipped for want of haproxy' : '';
const why = isWanted ? missing : ', skipped without DTMS_BALANCED=yes';

const configOf = (port: number, addresses: string) => `defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
frontend callers
    bind 127.0.0.1:${port}
    default_backend servers
backend servers
    balance roundrobin
    default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
${addresses
  .split(',')
  .map((address, index) => `    server s${index} ${address}`)
  .join('\n')}
`;

it.skipIf(why !== '')(
  `nobody behind a balancer notices which server leads${why}`,
  { timeout: 600_000 + minutes * 180_000 },
  async () => {
    const stage = await FaultStage.open(3);
    const folder = mkdtempSync(join(tmpdir(), 'dtms-balanced-'));
    const port = await freePort();
    const config = join(folder, 'haproxy.cfg');
    writeFileSync(config, configOf(port, stage.addresses));
    const balancer = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
    const load = new FaultLoad(`127.0.0.1:${port}`);
    try {
      load.start();
      const awayMs: number[] = [];
      for (const kind of FAULTS) {
        const pause = sleep(EVERY_MS);
        const before = load.writes;
        await until(`traffic before ${kind}`, () => load.writes >= before + LEAST_WRITES);
        let next: Promise<number> = Promise.resolve(0);
        await FAULT_KINDS[kind]?.befall(stage, 0, () => {
          const from = performance.now();
          next = load.nextWrite().then((at) => awayMs.push(Math.round(at - from)));
        });
        await next;
        stage.look();
        await pause;
      }
      await load.finish(() => stage.newest());
      const { log, differing } = await readLog(stage.url, FaultStage.ALL_EVENTS);
      awayMs.sort((a, b) => a - b);
      const at = (share: number) => awayMs[Math.ceil(share * awayMs.length) - 1];
      console.log(
        `${awayMs.length} faults, ${load.writes} writes, ${log.length} events; until the next write, ms:`,
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
