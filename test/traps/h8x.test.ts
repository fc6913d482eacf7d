import { writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { evenFaults } from '../../src/broker/faults.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { syntheticBars } from '../support/synthetic-market.js';
import { NOTHING_WRONG, Rig } from '../support/rig.js';
it('x', { timeout: 600_000 }, async () => {
  const out: string[] = []; const ends = new Map<string, number>();
  const N = Number(process.env.H8_N ?? 200);
  for (let seed = 1; seed <= N; seed++) {
    const netting = seed % 2 === 0;
    const rules = { ...DEFAULT_RULES, states: { ...DEFAULT_RULES.states, l1Score: 0.5, l2Score: 0.2, hedgeScore: -0.2, l1ClearScore: 4, l2ClearScore: 3, recoverScore: -50, flatTimerMs: 8 * 3600_000, recoveryTimerMs: 3600_000 }, actions: { ...DEFAULT_RULES.actions, tightenR: 0.9, fallbackStopAtr: 15, hedgeStopAtr: 6, reAddMaximumAgeMs: 3600_000, emergencyCloseAfter: seed % 4 === 0 ? 3 : 0 } };
    try {
    const bars = syntheticBars({ seed: seed + 1000, count: 700, length: 300_000, tick: 0.25, ticks: 14 });
    const rig = await Rig.start({ rules, marginMode: netting ? 'netting' : 'hedging', faults: evenFaults(seed, 0.35), execution: { seed, partialFill: 0.3, requote: 0.1, slippageTicks: 5 },
      instrument: { tickSize: 0.25, ...(seed % 3 === 0 ? { volumeMin: 0.2, volumeStep: 0.1, stopsLevel: 1.5, freezeLevel: 0.5 } : {}) } });
    for (const b of bars.slice(0, 300)) await rig.bar(b, 'M5', 'is away');
    let t = 0n;
    for (const [i, b] of bars.slice(300).entries()) {
      if (seed % 5 === 0) rig.restartBridge();
      if (netting ? i === 0 : i % 80 === 0) {
        rig.now = b.time; rig.quote(b.open); t += 1n;
        const dir = (seed + i) % 3 === 0 ? 'SELL' : 'BUY';
        await rig.enter({ ticket: t, direction: dir, entryPrice: b.open, volume: 2.6, stopLoss: dir === 'BUY' ? b.open - 150 : b.open + 150 });
      }
      await rig.bar(b);
    }
    await rig.settle();
    const v = rig.judged() as any;
    for (const s of rig.told()) { const k = `${netting ? 'net' : 'hdg'} ${s.type} ${s.status} ex=${s.executions}`; ends.set(k, (ends.get(k) ?? 0) + 1); }
    for (const k of Object.keys(NOTHING_WRONG)) if (v[k].length) out.push(`seed ${seed} ${k}: ${JSON.stringify(v[k])}`);
    for (const st of v.executedUnknown) out.push(`seed ${seed} executedUnknown ${st.actionId} ${JSON.stringify(st.steps.map((x: any) => [x.status, x.by, x.text]))}`);
    } catch (e) { out.push(`seed ${seed} THROW ${(e as Error).stack}`); }
  }
  writeFileSync('/tmp/h8x.out', [...[...ends].sort().map(([k, c]) => `${k}: ${c}`), ...out].join('\n'));
});
