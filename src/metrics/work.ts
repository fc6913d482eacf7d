// Owns what is counted of the leader's work. Only what is in the log counts, so sums over several servers
// are right; a transaction that was not written counts nowhere.
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Action } from '../domain/trade/action.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { actionsOf } from '../domain/trade/event-actions.js';
import type { Written } from '../engine/batch.js';

/** Counts since the start. */
export interface WorkTotals {
  readonly events: number;
  readonly commits: number;
  readonly transitions: number;
  readonly evaluations: number;
}

/** What became of an action, where this is the end of it or of an attempt. */
const OUTCOMES: ReadonlySet<Action['status']> = new Set(['DONE', 'REJECTED', 'EXPIRED', 'DEAD', 'IN_DOUBT']);

export class WorkMetrics {
  readonly #events: Counter;
  readonly #transitions: Counter<'from' | 'to' | 'cause'>;
  readonly #planned: Counter<'type'>;
  readonly #suppressed: Counter<'reason'>;
  readonly #flagged: Counter<'flag'>;
  readonly #held: Counter<'reason'>;
  readonly #outcomes: Counter<'type' | 'outcome'>;
  readonly #actionTime: Histogram;
  readonly #registered: Counter;
  readonly #evaluations: Counter;
  readonly #checkTime: Histogram;
  readonly #batchEvents: Histogram;
  readonly #batchItems: Histogram;
  readonly #batchTime: Histogram;
  readonly #journalEntries: Counter;
  readonly #journalBytes: Counter;
  #totals = { events: 0, commits: 0, transitions: 0, evaluations: 0 };

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string) => new Counter({ name, help, registers });
    const labelled = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Counter({ name, help, labelNames, registers });
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, registers });
    this.#events = counter('dtms_events_total', 'Events this server wrote into the log.');
    this.#registered = counter('dtms_registrations_total', 'Trades that were registered.');
    const moves = 'Transitions between states of trades.';
    this.#transitions = labelled('dtms_transitions_total', moves, ['from', 'to', 'cause']);
    this.#evaluations = counter(
      'dtms_evaluations_total',
      'Evaluations of trades: one for each trade at each check of its market.',
    );
    this.#checkTime = histogram(
      'dtms_check_duration_seconds',
      'How long one check of a market took, all its trades included.',
      [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.25, 1],
    );
    this.#planned = labelled('dtms_actions_planned_total', 'Actions that were planned.', ['type']);
    this.#suppressed = labelled(
      'dtms_actions_suppressed_total',
      'Actions that a transition wanted and something forbade.',
      ['reason'],
    );
    this.#flagged = labelled(
      'dtms_flag_decisions_total',
      'Decisions that a feature flag changed: actions it suppressed, and signals it left out of transitions.',
      ['flag'],
    );
    const byWhat = 'Actions that were held, by what held them.';
    this.#held = labelled('dtms_actions_held_total', byWhat, ['reason']);
    this.#outcomes = labelled(
      'dtms_actions_total',
      'Actions by what they came to; one that was IN_DOUBT counts again when it is settled.',
      ['type', 'outcome'],
    );
    this.#actionTime = histogram(
      'dtms_action_execution_seconds',
      'From BeginAction to the report that an action is done.',
      [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    );
    this.#batchEvents = histogram('dtms_commit_events', 'Events in one transaction.', SIZES);
    this.#batchItems = histogram(
      'dtms_commit_items',
      'Things in one transaction: commands, events, bars, market views and accounts.',
      SIZES,
    );
    const entries = 'Entries this server wrote into the journal.';
    this.#journalEntries = counter('dtms_journal_entries_total', entries);
    this.#journalBytes = counter('dtms_journal_bytes_total', 'Their bytes, before they are deflated.');
    this.#batchTime = histogram(
      'dtms_commit_duration_seconds',
      'How long one transaction took, its flush to the disk included.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    );
  }

  get totals(): WorkTotals {
    return { ...this.#totals };
  }

  /** A transaction is in the log. @param now - the database's clock, UTC ms */
  written(written: Written, now: number): void {
    const events = written.events.length;
    for (const { event } of written.events) this.#event(event, now);
    this.#totals.events += events;
    this.#totals.commits += 1;
    this.#totals.evaluations += written.evaluations;
    if (events > 0) this.#events.inc(events);
    if (written.evaluations > 0) this.#evaluations.inc(written.evaluations);
    this.#batchEvents.observe(events);
    this.#batchItems.observe(written.items);
    this.#batchTime.observe(written.tookMs / 1000);
    const { entries, bytes } = written.journalled;
    if (entries > 0) this.#journalEntries.inc(entries);
    if (bytes > 0) this.#journalBytes.inc(bytes);
  }

  /** A market was checked. */
  checked(ms: number): void {
    this.#checkTime.observe(ms / 1000);
  }

  #event({ change }: TradeEvent, now: number): void {
    if (change.kind === 'registered') this.#registered.inc();
    if (change.kind === 'stateChanged') {
      this.#totals.transitions += 1;
      this.#transitions.inc({ from: change.from, to: change.to, cause: change.cause });
      for (const { switchedOff } of change.evaluation?.signals ?? [])
        if (switchedOff !== undefined) this.#flagged.inc({ flag: switchedOff.flag });
    }
    if (change.kind === 'stateChanged' || change.kind === 'actionPlanned') {
      for (const { type } of change.planned) this.#planned.inc({ type });
      for (const { reason, flag } of change.suppressed) {
        this.#suppressed.inc({ reason });
        if (flag !== undefined) this.#flagged.inc({ flag: flag.flag });
      }
    }
    if (change.kind === 'actionChanged' && change.action.hold !== null && change.from !== 'HELD') {
      this.#held.inc({ reason: change.action.hold });
    }
    for (const action of actionsOf(change)) {
      if (!OUTCOMES.has(action.status)) continue;
      // Evidence and reminders of an action that is in doubt already are not another doubt.
      if (change.kind === 'actionChanged' && change.action === action && change.from === action.status)
        continue;
      this.#outcomes.inc({ type: action.type, outcome: action.status });
      if (action.status === 'DONE' && action.begunAt !== null) {
        this.#actionTime.observe(Math.max(0, now - action.begunAt) / 1000);
      }
    }
  }
}

const SIZES = [0, 1, 4, 16, 64, 256, 1024, 4096];
