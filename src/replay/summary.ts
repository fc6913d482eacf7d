// Owns the summary of a replay: what its log says in figures, and what the defended broker's books show.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import type { PaperTerminal } from '../broker/paper-terminal.js';
import { canonicalLine, LogHash } from './canonical.js';
import type { Difference } from './difference.js';
import { OpenActions } from './open-actions.js';
import type { Performance } from './results.js';

/** What the defended broker's books show at the end. */
export interface BrokerSummary {
  /** Actions it carried out. */
  readonly executed: number;
  /** Actions that were carried out more than once. */
  readonly executed_twice: number;
  /** Stops that were moved away from the price. */
  readonly stops_loosened: number;
  /** Positions still open. */
  readonly open_positions: number;
  /** Faults by kind, refusals by their code. */
  readonly faults: Readonly<Record<string, number>>;
}

/** What a replay showed; field names are those of the summary file. */
export interface ReplaySummary {
  readonly bars: number;
  readonly skipped_rows: number;
  /** Trades that were opened. */
  readonly trades: number;
  readonly evaluations: number;
  /** Of each signal the share of the market's evaluations in which it was available; null through a server. */
  readonly signals: Readonly<Record<string, number>> | null;
  /** By kind, such as "HEALTHY>WARNING_L1". */
  readonly transitions: Readonly<Record<string, number>>;
  /** Planned actions by type. */
  readonly actions: Readonly<Record<string, number>>;
  /** Actions by how they ended; those that did not are under OPEN. */
  readonly action_ends: Readonly<Record<string, number>>;
  readonly final_states: Readonly<Record<string, number>>;
  readonly broker: BrokerSummary;
  readonly result: {
    readonly with_dtms: Performance;
    readonly without_dtms: Performance;
    /** null where no trade has a known R. */
    readonly difference: Difference | null;
  };
  readonly log_sha256: string;
  readonly elapsed_ms: number;
}

/** How often each name was counted. */
export function counted(names: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sorted(counts);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The log so far, in figures. */
export class LogFigures {
  readonly #hash = new LogHash();
  readonly #actions = new OpenActions();
  readonly #transitions: string[] = [];

  /** Actions that are not over, and those of them in doubt. */
  get openActions(): number {
    return this.#actions.size;
  }

  get inDoubt(): number {
    return this.#actions.inDoubt;
  }

  /** Takes an event; answers its canonical line and the actions it planned. */
  take(event: TradeEvent): { readonly line: string; readonly planned: readonly Action[] } {
    const line = canonicalLine(event);
    this.#hash.add(line);
    if (event.change?.$case === 'stateChanged') {
      const { from, to } = event.change.value;
      this.#transitions.push(`${TradeState[from]}>${TradeState[to]}`);
    }
    return { line, planned: this.#actions.take(event) };
  }

  /** To be called once, at the end. */
  summary(): Pick<ReplaySummary, 'transitions' | 'actions' | 'action_ends' | 'log_sha256'> {
    const ends = new Map(this.#actions.ends);
    if (this.#actions.size > 0) ends.set('OPEN', this.#actions.size);
    return {
      transitions: counted(this.#transitions),
      actions: sorted(this.#actions.planned),
      action_ends: sorted(ends),
      log_sha256: this.#hash.digest(),
    };
  }
}

export function brokerSummary(broker: PaperBroker, terminal: PaperTerminal): BrokerSummary {
  const { ledger } = broker;
  return {
    executed: ledger.tags,
    executed_twice: ledger.repeated().length,
    stops_loosened: ledger.loosened().length,
    open_positions: broker.positions().length,
    faults: sorted(terminal.happened),
  };
}
