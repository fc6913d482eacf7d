// Owns what a trade's events tell, put together: the states and stops over time, and each action from its
// plan to its end. Pure.
import type { ActionJson, TradeEventJson } from '../data/json.js';

/** A stretch in one state. UTC ms of market time; no end while it lasts. */
export interface StateBand {
  readonly state: string;
  readonly from: number;
  readonly to: number | undefined;
}

/** The stop from a moment on; undefined for none. */
export interface StopStep {
  readonly at: number;
  readonly stop: number | undefined;
}

/** A step of its own: a bridge says what it did after its lease was gone. It is kept, and changes no status. */
export const EVIDENCE = 'EVIDENCE';

/** One step of an action's life: an ActionStatus, or EVIDENCE. */
export interface ActionStep {
  readonly status: string;
  /** Database time, UTC ms. */
  readonly at: number;
  /** Since the step before, in ms; undefined for the first. */
  readonly delay: number | undefined;
  readonly by: string;
}

/** An action as its events tell it. */
export interface ActionStory {
  readonly action: ActionJson;
  readonly steps: readonly ActionStep[];
  /** True when something overtook it. */
  readonly withdrawn: boolean;
}

/** What was left out or replaced, and why. */
export interface LeftOut {
  readonly at: string | undefined;
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

/** Both, each event once, by their revisions. */
export function merged(
  events: readonly TradeEventJson[],
  more: readonly TradeEventJson[],
): readonly TradeEventJson[] {
  const byRevision = new Map([...events, ...more].map((event) => [event.revision, event]));
  return [...byRevision.values()].sort((a, b) => (BigInt(a.revision) < BigInt(b.revision) ? -1 : 1));
}

export function stateBands(events: readonly TradeEventJson[]): readonly StateBand[] {
  const bands: { state: string; from: number; to: number | undefined }[] = [];
  for (const { state, occurredAt, registered, stateChanged } of events) {
    if (registered === undefined && stateChanged === undefined) continue;
    const last = bands.at(-1);
    if (last?.state === state) continue;
    const from = Date.parse(occurredAt ?? '');
    if (last !== undefined) last.to = from;
    bands.push({ state, from, to: undefined });
  }
  return bands;
}

export function stopSteps(events: readonly TradeEventJson[]): readonly StopStep[] {
  const steps: StopStep[] = [];
  for (const { occurredAt, registered, updated, actionChanged, reconciled } of events) {
    const position = updated?.position ?? actionChanged?.position ?? reconciled?.position ?? registered?.spec;
    if (position === undefined || position.stopLoss === steps.at(-1)?.stop) continue;
    steps.push({ at: Date.parse(occurredAt ?? ''), stop: position.stopLoss });
  }
  return steps;
}

/** The stop at each of these moments; null where there was none, or before the first step. */
export function stopsAt(steps: readonly StopStep[], times: readonly number[]): readonly (number | null)[] {
  let index = -1;
  return times.map((time) => {
    for (let next = steps[index + 1]; next !== undefined && next.at <= time; next = steps[index + 1])
      index += 1;
    return steps[index]?.stop ?? null;
  });
}

/** In the order they were planned. */
export function actionStories(events: readonly TradeEventJson[]): readonly ActionStory[] {
  const stories = new Map<string, { action: ActionJson; steps: ActionStep[]; withdrawn: boolean }>();
  for (const event of events) {
    const { stateChanged, actionPlanned, actionChanged, updated, reconciled } = event;
    const at = Date.parse(event.recordedAt ?? '');
    for (const action of [...(stateChanged?.planned ?? []), ...(actionPlanned?.planned ?? [])]) {
      const steps = [{ status: 'ACTION_STATUS_PENDING', at, delay: undefined, by: 'dtms' }];
      stories.set(action.actionId, { action, steps, withdrawn: false });
    }
    const changed = actionChanged?.action;
    const story = changed === undefined ? undefined : stories.get(changed.actionId);
    if (changed !== undefined && story !== undefined) {
      const evidence = actionChanged?.evidence === true;
      if (!evidence) story.action = changed;
      const status = evidence ? EVIDENCE : changed.status;
      story.steps.push({ status, at, delay: since(story.steps, at), by: actionChanged?.by ?? '' });
    }
    const overtaken = stateChanged ?? updated ?? actionChanged ?? reconciled ?? actionPlanned;
    for (const id of overtaken?.withdrawnActionIds ?? []) {
      const gone = stories.get(id);
      if (gone === undefined) continue;
      gone.withdrawn = true;
      gone.steps.push({ status: 'ACTION_STATUS_EXPIRED', at, delay: since(gone.steps, at), by: 'dtms' });
    }
  }
  return [...stories.values()];
}

function since(steps: readonly ActionStep[], at: number): number | undefined {
  const before = steps.at(-1)?.at;
  return before === undefined ? undefined : at - before;
}

/** What rows of the state table called for and was not asked of the broker. */
export function leftOut(events: readonly TradeEventJson[]): readonly LeftOut[] {
  return events.flatMap(({ occurredAt, stateChanged, actionPlanned }) =>
    [...(stateChanged?.suppressed ?? []), ...(actionPlanned?.suppressed ?? [])].map((each) => ({
      at: occurredAt,
      type: each.type,
      reason: each.reason,
      note: each.note,
    })),
  );
}
