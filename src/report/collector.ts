// Owns gathering from a replay, as it goes, what its report needs.
import type { PositionNow, TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { Drift, MonitoringTrigger, OwnershipStep, type StateChanged } from '../../gen/ts/dtms/v1/event.js';
import {
  type Action,
  ActionType,
  CloseReason,
  Confluence,
  Direction,
  type SuppressedAction,
  SuppressionReason,
  TradeField,
  TradeState,
  TransitionCause,
} from '../../gen/ts/dtms/v1/types.js';
import { DIRECTIONS, type Direction as DirectionName } from '../domain/market/direction.js';
import type { Rules } from '../domain/rules.js';
import type { Evaluation } from '../domain/signals/signal.js';
import { updatedBy } from '../domain/trade/event-fold.js';
import type { ResultSums } from '../replay/comparison.js';
import type { ReplayObserver } from '../replay/driver.js';
import type { ReplayBar } from '../replay/importer.js';
import type { TradeOutcome } from '../replay/results.js';
import { factsIn, stepsIn } from '../wire/told-event.js';
import { EvaluationLog, evaluationIn, readingOfEvaluation, readingOfMessage } from './evaluation-log.js';
import type { ActionRow, EquityRow, NoteRow, PositionRow, TradeRow, TransitionRow } from './rows.js';

/** What only an engine in this process shows. */
export interface EngineSight {
  readonly thresholds: Rules['states'];
  /** The latest evaluation of a direction, read after each bar; null while there is none. */
  latest(direction: DirectionName): Evaluation | null;
}

/** Where and when an event happened. */
interface Place {
  readonly ticket: bigint;
  readonly at: number;
}

export class ReportCollector implements ReplayObserver {
  /** null: only the evaluations at transitions are known, for a server does not tell the others. */
  readonly sight: EngineSight | null;
  readonly #trades = new Map<bigint, TradeRow>();
  /** Plans by action id, which a withdrawal names and nothing more. */
  readonly #plans = new Map<string, ActionRow>();
  readonly transitions: TransitionRow[] = [];
  readonly actions: ActionRow[] = [];
  readonly positions: PositionRow[] = [];
  readonly notes: NoteRow[] = [];
  readonly equity: EquityRow[] = [];
  readonly bars: ReplayBar[] = [];
  readonly evaluations: Readonly<Record<DirectionName, EvaluationLog>> = {
    BUY: new EvaluationLog(),
    SELL: new EvaluationLog(),
  };

  constructor(sight: EngineSight | null) {
    this.sight = sight;
  }

  /** In the order of registration. */
  get trades(): readonly TradeRow[] {
    return [...this.#trades.values()];
  }

  onEvent(event: TradeEvent): void {
    const { ticket, change } = event;
    const place = { ticket, at: event.occurredAt?.getTime() ?? 0 };
    if (change?.$case === 'registered') this.#register(change.value.spec, event, change.value.parentTicket);
    this.#fold(place, event);
    switch (change?.$case) {
      case 'monitoringStarted': {
        const { trigger, price } = change.value;
        this.#note(place, `monitoring began: ${words(MonitoringTrigger[trigger])}, price ${plain(price)}`);
        return;
      }
      case 'riskEstimated':
        this.#note(place, `R estimated: ${plain(change.value.riskDistance)}`);
        return;
      case 'stateChanged':
        this.#transition(place, event, change.value);
        return;
      case 'updated':
        this.#note(
          place,
          `${updatedBy(change.value.changedFields)}: ${change.value.changedFields.join(', ')}`,
        );
        return;
      case 'reopened':
        this.#note(place, `reopened: ${change.value.note}`);
        return;
      case 'paused':
      case 'resumed':
        this.#note(place, `${change.$case}: ${change.value.reason}`);
        return;
      case 'actionPlanned':
        for (const plan of change.value.suppressed) this.#suppress(place, plan);
        return;
      case 'reconciled': {
        const { drift, note } = change.value;
        this.#note(place, `reconciled: ${words(Drift[drift])}. ${note}`);
        return;
      }
      case 'ownershipChanged': {
        const { field, step, manager, note } = change.value;
        this.#note(
          place,
          `${manager}: ${words(TradeField[field])} ${words(OwnershipStep[step])} ${note}`.trim(),
        );
        return;
      }
    }
  }

  onBar(bar: ReplayBar, at: number, sums: ResultSums): void {
    this.bars.push(bar);
    this.equity.push({ at, ...sums });
    for (const direction of DIRECTIONS) {
      const evaluation = this.sight?.latest(direction) ?? null;
      if (evaluation !== null) this.evaluations[direction].add(readingOfEvaluation(evaluation));
    }
  }

  onOutcome(ticket: bigint, withDtms: TradeOutcome, without: TradeOutcome): void {
    this.#know(ticket, { withDtms, without });
  }

  #register(
    spec: Extract<NonNullable<TradeEvent['change']>, { $case: 'registered' }>['value']['spec'],
    event: TradeEvent,
    parentTicket: bigint,
  ): void {
    if (spec === undefined) return;
    this.#trades.set(event.ticket, {
      ticket: event.ticket,
      symbol: spec.symbol,
      direction: Direction[spec.direction] === 'SELL' ? 'SELL' : 'BUY',
      openedAt: (spec.openedAt ?? event.occurredAt)?.getTime() ?? 0,
      entryPrice: spec.entryPrice,
      volume: spec.volume,
      stopLoss: spec.stopLoss ?? null,
      takeProfit: spec.takeProfit ?? null,
      risk: null,
      label: spec.label,
      parentTicket: parentTicket === 0n ? null : parentTicket,
      state: TradeState[event.state],
      closeReason: null,
      closePrice: null,
      closedAt: null,
      withDtms: null,
      without: null,
    });
  }

  #know(ticket: bigint, facts: Partial<TradeRow>): void {
    const known = this.#trades.get(ticket);
    if (known !== undefined) this.#trades.set(ticket, { ...known, ...facts });
  }

  #transition(place: Place, event: TradeEvent, change: StateChanged): void {
    const evaluation = evaluationIn(event);
    const direction = this.#trades.get(place.ticket)?.direction;
    if (evaluation !== null && direction !== undefined) {
      this.evaluations[direction].add(readingOfMessage(evaluation));
    }
    this.transitions.push({
      ...place,
      version: event.tradeVersion,
      from: TradeState[change.from],
      to: TradeState[change.to],
      cause: TransitionCause[change.cause],
      score: evaluation?.score ?? null,
      confluence: evaluation === null ? null : Confluence[evaluation.confluence],
      summary: evaluation?.summary ?? '',
      price: change.price ?? null,
    });
    for (const plan of change.suppressed) this.#suppress(place, plan);
  }

  /** What the event makes of the trade and of its actions. */
  #fold(place: Place, event: TradeEvent): void {
    const { change } = event;
    const { risk, position, closed, ...late } = factsIn(event);
    this.#know(place.ticket, {
      state: TradeState[event.state],
      ...(risk !== undefined && { risk }),
      ...(closed !== undefined && {
        closeReason: CloseReason[closed.reason],
        closePrice: closed.price ?? null,
        closedAt: place.at,
      }),
      ...('closePrice' in late && { closePrice: late.closePrice ?? null }),
    });
    if (position !== undefined) this.#position(place, position);
    const by =
      change?.$case === 'actionChanged'
        ? change.value.by
        : change?.$case === 'actionPlanned'
          ? change.value.cause
          : '';
    for (const { actionId, action, status } of stepsIn(event)) {
      if (action === null) this.#withdraw(place, actionId);
      else this.#act(place, action, status, by);
    }
  }

  #act(place: Place, action: Action, status: string, by: string): void {
    const { result } = action;
    const row: ActionRow = {
      ...place,
      actionId: action.actionId,
      type: ActionType[action.type],
      status,
      stopLoss: action.stopLoss ?? null,
      volume: action.volume ?? null,
      reduceOnly: action.reduceOnly,
      attempts: action.attempts,
      code: result === undefined || result.code === 0 ? null : result.code,
      fillPrice: result?.price ?? null,
      fillVolume: result?.volume ?? null,
      reason: [action.reason, result?.message ?? ''].filter((part) => part !== '').join('; '),
      note: action.note,
      by,
    };
    this.#plans.set(action.actionId, row);
    this.actions.push(row);
  }

  #suppress(place: Place, { type, reason, note }: SuppressedAction): void {
    this.actions.push({
      ...place,
      actionId: '',
      type: ActionType[type],
      status: 'SUPPRESSED',
      stopLoss: null,
      volume: null,
      reduceOnly: false,
      attempts: 0,
      code: null,
      fillPrice: null,
      fillVolume: null,
      reason: SuppressionReason[reason],
      note,
      by: '',
    });
  }

  #withdraw(place: Place, actionId: string): void {
    const plan = this.#plans.get(actionId);
    if (plan === undefined) return;
    const row = { ...plan, ...place, status: 'EXPIRED', reason: 'overtaken', by: 'dtms' };
    this.#plans.set(actionId, row);
    this.actions.push(row);
  }

  #position(place: Place, position: PositionNow): void {
    this.positions.push({
      ...place,
      volume: position.volume,
      stopLoss: position.stopLoss ?? null,
      takeProfit: position.takeProfit ?? null,
      hedgeVolume: position.hedge?.volume ?? null,
      hedgeEntry: position.hedge?.entryPrice ?? null,
    });
  }

  #note(place: Place, text: string): void {
    this.notes.push({ ...place, text });
  }
}

/** Without the noise in the last places of a computed price. */
const plain = (price: number): number => Number(price.toPrecision(10));

/** An enum's name for people. */
function words(name: string): string {
  return name
    .toLowerCase()
    .replace(/^drift_/, '')
    .replaceAll('_', ' ');
}
