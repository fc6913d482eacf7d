// Owns what an event says, in a line. Pure.
import { updatedBy } from '../../../domain/trade/event-fold.js';
import type { TradeEventJson } from '../data/json.js';
import { lots, words } from '../ui/format.js';
import { answerText } from '../ui/return-code.js';
import { lookOf } from '../ui/states.js';

interface EventLine {
  /** What kind of change it is. */
  readonly what: string;
  /** What is to be known of it. */
  readonly detail: string;
}

/** @param price - how a price reads */
export function eventLine(event: TradeEventJson, price: (value: number | undefined) => string): EventLine {
  const { registered, monitoringStarted, riskEstimated, stateChanged, updated } = event;
  const { actionChanged, reconciled, ownershipChanged, actionPlanned, policyAssigned } = event;
  if (registered !== undefined) {
    const { spec, origin } = registered;
    const detail = `${lots(spec?.volume)} lots at ${price(spec?.entryPrice)}, stop ${price(spec?.stopLoss)}`;
    const from = origin === 'TRADE_ORIGIN_REGISTERED' ? '' : words(origin, 'TRADE_ORIGIN_');
    return { what: 'registered', detail: joined(detail, from) };
  }
  if (stateChanged !== undefined) {
    const { from, to, cause, evaluation } = stateChanged;
    const paid = stateChanged.closePrice ?? stateChanged.price;
    const what = from === to ? 'stop trails' : `${lookOf(from).name} to ${lookOf(to).name}`;
    const at = paid === undefined ? '' : `at ${price(paid)}`;
    return { what, detail: joined(words(cause, 'TRANSITION_CAUSE_'), at, evaluation?.summary ?? '') };
  }
  if (actionChanged !== undefined) {
    const { action, by, evidence } = actionChanged;
    const status = words(action?.status ?? '', 'ACTION_STATUS_');
    const answer = action?.result === undefined ? '' : answerText(action.result);
    const late = evidence ? 'late report, kept as evidence' : '';
    return {
      what: `${words(action?.type ?? '', 'ACTION_TYPE_')}: ${status}`,
      detail: joined(by, answer, action?.reason ?? '', late),
    };
  }
  if (actionPlanned !== undefined) {
    const types = actionPlanned.planned.map(({ type }) => words(type, 'ACTION_TYPE_')).join(', ');
    return { what: `planned: ${types === '' ? 'nothing' : types}`, detail: actionPlanned.cause };
  }
  if (updated !== undefined) {
    const { changedFields, manager } = updated;
    return { what: `${updatedBy(changedFields)} update`, detail: joined(changed(changedFields), manager) };
  }
  if (reconciled !== undefined) {
    const { drift, note, changedFields } = reconciled;
    return { what: `reconciled: ${words(drift, 'DRIFT_')}`, detail: joined(note, changed(changedFields)) };
  }
  if (ownershipChanged !== undefined) {
    const { field, step, manager, note } = ownershipChanged;
    return {
      what: `${words(field, 'TRADE_FIELD_')} ${words(step, 'OWNERSHIP_STEP_')}`,
      detail: joined(manager, note),
    };
  }
  if (monitoringStarted !== undefined)
    return {
      what: 'monitoring began',
      detail: `by ${words(monitoringStarted.trigger, 'MONITORING_TRIGGER_')}`,
    };
  if (riskEstimated !== undefined)
    return { what: 'risk estimated', detail: `R is ${price(riskEstimated.riskDistance)}` };
  if (policyAssigned !== undefined) {
    const { to, reason } = policyAssigned;
    return { what: `policy ${to?.name} ${to?.version}`, detail: joined(event.actor, reason) };
  }
  return pauseLine(event);
}

function pauseLine({ paused, resumed, reopened, actor }: TradeEventJson): EventLine {
  if (paused !== undefined) return { what: 'paused', detail: joined(actor, paused.reason) };
  if (resumed !== undefined) return { what: 'resumed', detail: joined(actor, resumed.reason) };
  if (reopened !== undefined) return { what: 'reopened', detail: reopened.note };
  return { what: 'changed', detail: '' };
}

function changed(fields: readonly string[]): string {
  return fields.length === 0 ? '' : `changed: ${fields.join(', ').replaceAll('_', ' ')}`;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
