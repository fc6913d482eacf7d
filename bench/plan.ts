// Prints what numbers of active trades need by the figures of the last baseline: `node dist/bench/plan.js 50000 2000000`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capacityOf, mostTrades, planOf, planTable, USUAL_DEMAND } from './load-model.js';
import { readResults } from './support/results.js';
import { ROOT } from './support/root.js';

const folder = join(ROOT, 'bench', 'baseline');
const last = readdirSync(folder).sort().at(-1) ?? '';
const capacity = capacityOf(readResults(join(folder, last)));
const asked = process.argv.slice(2).map(Number);
const trades = asked.length > 0 ? asked : [10_000, 100_000, 1_000_000, 10_000_000];
console.log(planTable(trades.map((count) => planOf(count, capacity))));
for (const [limit, most] of Object.entries(mostTrades(capacity, USUAL_DEMAND)))
  console.log(`${limit}: ${Math.floor(most)} trades at most in a cell`);
