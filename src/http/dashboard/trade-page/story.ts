// Owns what a trade's events tell, put together: the states and stops over time, and each action from its
// plan to its end. Pure.
import type { ActionJson, ListedActionJson, TradeEventJson, TradeJson } from '../data/json.js';

/** A stretch in one state. UTC ms of market time; no end while it lasts. */
export interface StateBand {
  readonly state: string;
  /** When it began; when the trade was opened, where the log no longer has the beginning. */
  readonly from: number;
  /** True when the log has the beginning. */
  readonly heard: boolean;
  readonly to: number | undefined;
}

/** The stop from a moment on; undefined for none. */
export interface StopStep {
  readonly at: number;
  readonly stop: number | undefined;
}

/** The prices of a position from a moment on, UTC ms of market time; undefined for none. */
export interface LevelStep extends StopStep {
  /** Undefined where it is as registered; netting averages it. */
  readonly entry: number | undefined;
  readonly target: number | undefined;
  /** Where the hedge was filled. */
  readonly hedge: number | undefined;
}

/** A step of its own: a bridge says what it did after its lease was gone. It is kept, and changes no status. */
export const EVIDENCE = 'EVIDENCE';

export const PENDING = 'ACTION_STATUS_PENDING';
const EXECUTING = 'ACTION_STATUS_EXECUTING';

/** One step of an action's life: an ActionStatus, or EVIDENCE. */
export interface ActionStep {
  readonly status: string;
  /** Database time, UTC ms; undefined where it is not kept. */
  readonly at: number | undefined;
  /** Since the step before, in ms; undefined for the first. */
  readonly delay: number | undefined;
  readonly by: string;
}

/** An action as its events and the server's list tell it. */
export interface ActionStory {
  readonly action: ActionJson;
  /** False when the log no longer has its beginning. */
  readonly whole: boolean;
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

/** What was before the first change that the log has is that change's own beginning. */
export function stateBands(
  events: readonly TradeEventJson[],
  trade: Pick<TradeJson, 'state' | 'openedAt' | 'stateEnteredAt'>,
): readonly StateBand[] {
  const bands: { state: string; from: number; to: number | undefined; heard: boolean }[] = [];
  for (const { state, occurredAt, registered, stateChanged } of events) {
    if (registered === undefined && stateChanged === undefined) continue;
    const at = Date.parse(occurredAt ?? '');
    const opened = Date.parse(trade.openedAt ?? '');
    if (stateChanged !== undefined && bands.length === 0 && opened < at)
      bands.push({ state: stateChanged.from, from: opened, to: undefined, heard: false });
    const last = bands.at(-1);
    if (last?.state === state) continue;
    if (last !== undefined) last.to = at;
    bands.push({ state, from: at, to: undefined, heard: true });
  }
  if (bands.length > 0) return bands;
  const from = Date.parse(trade.stateEnteredAt ?? trade.openedAt ?? '');
  return [{ state: trade.state, from, to: undefined, heard: true }];
}

/** Every change of the position's prices that the log has. */
export function levelSteps(events: readonly TradeEventJson[]): readonly LevelStep[] {
  return events.flatMap(({ occurredAt, registered, updated, actionChanged, reconciled }) => {
    const at = Date.parse(occurredAt ?? '');
    const position = updated?.position ?? actionChanged?.position ?? reconciled?.position;
    if (position !== undefined) {
      const { entryPrice, stopLoss, takeProfit, hedge } = position;
      return [{ at, entry: entryPrice, stop: stopLoss, target: takeProfit, hedge: hedge?.entryPrice }];
    }
    const spec = registered?.spec;
    if (spec === undefined) return [];
    return [{ at, entry: undefined, stop: spec.stopLoss, target: spec.takeProfit, hedge: undefined }];
  });
}

export function stopSteps(events: readonly TradeEventJson[]): readonly StopStep[] {
  return levelSteps(events)
    .filter(({ stop }, index, all) => index === 0 || stop !== all[index - 1]?.stop)
    .map(({ at, stop }) => ({ at, stop }));
}

interface Telling {
  action: ActionJson;
  /** The log's revision of what is known of it latest. */
  revision: string;
  whole: boolean;
  steps: ActionStep[];
  withdrawn: boolean;
}

/**
 * In the order they were planned. The log forgets, and the list does not: an action whose plan was compacted
 * is told by what is left of its events and by the list.
 */
export function actionStories(
  events: readonly TradeEventJson[],
  listed: readonly ListedActionJson[],
): readonly ActionStory[] {
  const stories = new Map<string, Telling>();
  for (const { action, revision } of listed)
    if (action !== undefined) stories.set(action.actionId, known(action, revision));
  for (const event of events) hear(event, stories);
  for (const story of stories.values()) if (!story.whole) story.steps = [...leftOf(story), ...story.steps];
  return [...stories.values()];
}

function known(action: ActionJson, revision: string): Telling {
  return { action, revision, whole: false, steps: [], withdrawn: false };
}

function hear(event: TradeEventJson, stories: Map<string, Telling>): void {
  const { revision, stateChanged, actionPlanned, actionChanged, updated, reconciled } = event;
  const at = Date.parse(event.recordedAt ?? '');
  const storyOf = (action: ActionJson): Telling => {
    const story = stories.get(action.actionId) ?? known(action, revision);
    stories.set(action.actionId, story);
    return story;
  };
  for (const action of [...(stateChanged?.planned ?? []), ...(actionPlanned?.planned ?? [])]) {
    const story = storyOf(action);
    story.whole = true;
    story.steps.push({ status: PENDING, at, delay: undefined, by: 'dtms' });
  }
  const changed = actionChanged?.action;
  if (changed !== undefined) {
    const story = storyOf(changed);
    const evidence = actionChanged?.evidence === true;
    // The list may have been read after this was written.
    if (!evidence && BigInt(revision) >= BigInt(story.revision)) {
      story.action = changed;
      story.revision = revision;
    }
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

/** What an action itself still says of the steps whose events are gone. */
function leftOf({ action, steps }: Telling): readonly ActionStep[] {
  const { begunAt, status, lease } = action;
  const by = lease?.bridgeId ?? '';
  const left: ActionStep[] = [];
  if (begunAt !== undefined && !steps.some((step) => step.status === EXECUTING))
    left.push({ status: EXECUTING, at: Date.parse(begunAt), delay: undefined, by });
  const told = steps.length > 0 || status === PENDING || left.at(-1)?.status === status;
  return told ? left : [...left, { status, at: undefined, delay: undefined, by }];
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
