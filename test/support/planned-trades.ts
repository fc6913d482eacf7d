// Trades that are written with actions planned, before a server begins on their database: what a market needs days to
// bring about is there from the start.
import { planOutside } from '../../src/domain/changes/commands.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import type { Trade, TradeSpec } from '../../src/domain/trade/trade.js';
import { nextVersion } from '../../src/domain/trade/version.js';
import { Term } from '../../src/engine/term.js';
import { createLogger } from '../../src/observability/logger.js';
import { Store } from '../../src/store/store.js';
import { testConfig } from '../contract/store/fixtures.js';
import { barItem, quoteItem } from './scripted-view.js';
import { specOf, TERMS } from './trades.js';

/** A trade, and what is to be done about it. */
export interface Planned {
  readonly spec: Partial<TradeSpec>;
  /** What is so of it beside its registration. */
  readonly state?: Partial<Trade>;
  readonly actions: readonly ActionType[];
}

const M5 = 300_000;
const NO_LISTENER = {
  restored: () => undefined,
  planned: () => undefined,
  advanced: () => undefined,
  written: () => undefined,
  ended: () => undefined,
};

/** Writes trades into an empty database; a trade without actions that is to be CLOSED is closed. */
export async function writePlanned(databaseUrl: string, planned: readonly Planned[]): Promise<void> {
  const store = await Store.open(databaseUrl, testConfig(), createLogger('silent'));
  const leadership = await store.lead({ onLost: () => undefined, signal: AbortSignal.timeout(30_000) });
  const now = Date.now();
  const settings = { rules: DEFAULT_RULES, processClock: () => now, journal: 'off' } as const;
  const term = await Term.begin(store, leadership, settings, NO_LISTENER);
  try {
    for (const one of planned) write(term, one, now);
    await term.record().durable;
  } finally {
    await leadership.release();
    await store.close();
  }
}

function write({ engine }: Term, { spec: given, state = {}, actions }: Planned, now: number): void {
  const spec = specOf({ openedAt: now - 60_000, ...given });
  engine.upsertInstrument({ ...TERMS, account: spec.account, symbol: spec.symbol });
  const time = Math.floor(now / M5) * M5 - M5;
  const bar = { time, open: 100, high: 101, low: 99, close: 100, volume: 1 };
  engine.apply(spec.feed, barItem(bar, 'M5', spec.symbol), now);
  engine.apply(spec.feed, quoteItem(now - 1000, 100, 100, spec.symbol), now);
  engine.register(spec, now);
  if (Object.keys(state).length > 0)
    engine.act(spec, (trade) => [
      {
        trade: nextVersion(trade, state),
        at: now,
        change: { kind: 'updated', changedFields: [], withdrawn: [], manager: '' },
      },
    ]);
  for (const type of actions)
    engine.act(spec, (trade, context) => planOutside(trade, 'test', [type], now, context));
  if (state.state === 'CLOSED') return;
  if (engine.get(spec.account, spec.ticket)?.actions.length !== actions.length) {
    const change = engine.undrained.at(-1)?.change;
    const why = change?.kind === 'actionPlanned' ? change.suppressed.map(({ note }) => note) : [];
    throw new Error(`${actions} of ${spec.account}:${spec.ticket} were not planned: ${why.join('; ')}`);
  }
}
