// Records the journals in test/golden/journals anew: of each command once, of a market, of servers that die, and of a bar
// decided in slices. To be done when a build is meant to make another log of the same journal; docs/adr/0031-journal.md says when.
import { spawnSync } from 'node:child_process';
import { root } from './tools.mjs';

const RECORDED = [
  ['test/contract/rest/parity.test.ts'],
  ['test/functional/replay/journal.test.ts', '-t', 'byte for byte'],
  ['test/contract/policies/policies.test.ts'],
  ['test/simulation/simulation.test.ts', '-t', 'keeps every promise'],
  ['test/fault/slices.test.ts'],
];
const env = { ...process.env, DTMS_RECORD_JOURNALS: '1', DTMS_SIMULATIONS: '1', DTMS_FAULT_SEED: '1' };
for (const tests of RECORDED) {
  const { status } = spawnSync('npx', ['vitest', 'run', ...tests], { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
