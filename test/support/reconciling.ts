// A real engine whose account is reconciled with snapshots; what a store would know is given by hand.
import { type BrokerUpdate, NO_UPDATE } from '../../src/domain/actions/broker-update.js';
import type { BrokerSnapshot } from '../../src/domain/broker/snapshot.js';
import { updateTrade } from '../../src/domain/changes/commands.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import type { TradeEvent } from '../../src/domain/trade/event.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { Engine } from '../../src/engine/engine.js';
import { type Findings, questionsOf } from '../../src/engine/findings.js';
import type { ReconcileReport } from '../../src/engine/open-reconciliations.js';
import { reconcileAccount } from '../../src/engine/reconcile.js';

/** What a store knows. */
export interface Past {
  readonly settled?: readonly Trade[];
  readonly openers?: Findings['openers'];
}

export class Reconciling {
  readonly engine: Engine;

  constructor(trades: readonly Trade[] = [], rules: Rules = DEFAULT_RULES) {
    this.engine = new Engine(rules);
    for (const trade of trades) this.engine.restoreTrade(trade);
  }

  /** Reconciles the account demo with everything asked that there is to ask. */
  reconcile(
    snapshot: BrokerSnapshot,
    { settled = [], openers = new Map() }: Past = {},
    now = snapshot.takenAt,
  ): ReconcileReport {
    const { identifiers, openings } = questionsOf(this.engine, 'demo', snapshot);
    const findings: Findings = {
      asked: new Set(identifiers),
      openings: new Set(openings),
      settled: new Map(settled.map((trade) => [trade.spec.ticket, trade])),
      openers,
    };
    return reconcileAccount(this.engine, 'demo', snapshot, findings, now);
  }

  /** What an order of DTMS changed of trade 1 is reported. */
  update(update: Partial<BrokerUpdate>, at: number): void {
    this.engine.act({ account: 'demo', ticket: 1n }, (trade, context) =>
      updateTrade(trade, { ...NO_UPDATE, ...update }, at, context),
    );
  }

  /** A trade that is not settled; throws when there is none. */
  trade(ticket: bigint): Trade {
    const trade = this.engine.get('demo', ticket);
    if (trade === undefined) throw new Error(`no trade ${ticket}`);
    return trade;
  }

  trades(): readonly Trade[] {
    return [...this.engine.tradesOf('demo')];
  }

  /** The events since the last call. */
  events(): readonly TradeEvent[] {
    return this.engine.drain().events;
  }
}
