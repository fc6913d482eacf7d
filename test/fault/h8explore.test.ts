import { it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { ActionStatus, ActionType } from '../../gen/ts/dtms/v1/types.js';
import { evenFaults } from '../../src/broker/faults.js';
import { tagOf } from '../../src/domain/action-tag.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { TIMEFRAME_MS } from '../../src/domain/types.js';
import { replay } from '../../src/replay/driver.js';
import { EngineTarget } from '../../src/replay/engine-target.js';
import { importBars, withSpread } from '../../src/replay/importer.js';
import { sampleTrades } from '../../src/replay/sampler.js';
import { endOf, judge, LogAccount } from '../support/fault-oracle.js';

it('explore', async () => {
  const data = withSpread(importBars('../shared/data/btcusd-m15-2025h1.csv', 'M15', 'stop'));
  const out: string[] = [];
  const from = Number(process.env.H8_FROM ?? 1);
  const n = Number(process.env.H8_N ?? 1);
  const hard = process.env.H8_HARD === '1';
  for (let seed = from; seed < from + n; seed++) {
    const trades = sampleTrades(data, 'BTCUSD', TIMEFRAME_MS.M15, 1000);
    const log = new LogAccount();
    let v: any;
    const cross = new Map<string, number>();
    const summary = await replay(new EngineTarget(DEFAULT_RULES), {
      symbol: 'BTCUSD', data, trades, skippedRows: 0, faults: evenFaults(seed, 0.2),
      ...(hard ? { execution: { seed, slippageTicks: 500, partialFill: 0.2, requote: 0.1 }, instrument: { stopsLevel: 100, freezeLevel: 60, volumeMin: 0.2, volumeStep: 0.1, tickSize: 0.5 } } : {}),
      observer: { onEvent: (e) => log.take(e), onBar: () => {}, onOutcome: () => {} },
      onEnd: (broker) => {
        v = judge(broker, log, hard ? 0.1 : 0.01);
        for (const s of log.stories) {
          const k = `${ActionType[s.type]} executed=${broker.ledger.executions(tagOf(s.actionId)).length} ${ActionStatus[endOf(s).status]} doubt=${s.steps.some((x) => x.status === ActionStatus.IN_DOUBT)}`;
          cross.set(k, (cross.get(k) ?? 0) + 1);
        }
      },
    });
    out.push(`seed ${seed} ${summary.elapsed_ms} ms`, JSON.stringify({ ...summary, transitions: undefined }), ...[...cross].sort().map(([k, c]) => `${k}: ${c}`));
    for (const [k, l] of Object.entries(v) as [string, string[]][]) { out.push(`## ${k}: ${l.length}`); if (l.length) out.push(...l.slice(0, 60)); }
  }
  writeFileSync(process.env.H8_OUT ?? '/tmp/h8.out', out.join('\n'));
}, 600_000);
