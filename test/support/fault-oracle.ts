// What a replay under faults must not have done, read from the broker's books and the event log alone:
// the judge of the tests of promises 10 to 12. The engine and the bridge are not asked.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, ActionStatus, type ActionType, TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { PaperBroker } from '../../src/broker/paper-broker.js';
import { volumeSum } from '../../src/domain/actions/quantise.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';

export interface ActionStory {
  readonly actionId: string;
  readonly ticket: bigint;
  readonly type: ActionType;
  /** Every status it had, in order, with who moved it there. */
  readonly steps: readonly { readonly status: ActionStatus; readonly by: string; readonly text: string }[];
}

interface Holding {
  readonly volume: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
}

const TERMINAL: ReadonlySet<ActionStatus> = new Set([
  ActionStatus.DONE,
  ActionStatus.REJECTED,
  ActionStatus.EXPIRED,
  ActionStatus.DEAD,
]);

/** What the log says: every action's story, and what DTMS holds open. */
export class LogAccount {
  readonly #stories = new Map<string, ActionStory>();
  readonly #trades = new Map<bigint, Holding & { readonly hedge: (Holding & { ticket: bigint }) | null }>();
  readonly #closed = new Set<bigint>();
  readonly #versions = new Map<bigint, bigint>();
  readonly versionGaps: string[] = [];

  take(event: TradeEvent): void {
    const { ticket, tradeVersion, change } = event;
    const before = this.#versions.get(ticket) ?? 0n;
    if (tradeVersion !== before + 1n) this.versionGaps.push(`${ticket}: ${before} then ${tradeVersion}`);
    this.#versions.set(ticket, tradeVersion);
    if (event.state === TradeState.CLOSED) this.#closed.add(ticket);
    switch (change?.$case) {
      case 'registered':
        if (change.value.spec !== undefined && !change.value.adopted) {
          this.#trades.set(ticket, { ...holding(change.value.spec), hedge: null });
        }
        return;
      case 'stateChanged':
      case 'actionPlanned':
        for (const id of change.value.withdrawnActionIds) this.#withdrawn(id);
        for (const action of change.value.planned) this.#step(ticket, action, 'planned', action.note);
        return;
      case 'actionChanged': {
        const { action, by, position } = change.value;
        for (const id of change.value.withdrawnActionIds) this.#withdrawn(id);
        if (action !== undefined) this.#step(ticket, action, by, textOf(action));
        this.#hold(ticket, position);
        return;
      }
      case 'updated':
      case 'reconciled':
        for (const id of change.value.withdrawnActionIds) this.#withdrawn(id);
        this.#hold(ticket, change.value.position);
        return;
      default:
    }
  }

  get stories(): readonly ActionStory[] {
    return [...this.#stories.values()];
  }

  /** Positions DTMS holds for open, hedges included, as lines that can be compared. */
  get open(): readonly string[] {
    const lines: string[] = [];
    for (const [ticket, { hedge, ...position }] of this.#trades) {
      if (!this.#closed.has(ticket)) lines.push(lineOf(ticket, position));
      if (hedge !== null) lines.push(lineOf(hedge.ticket, { ...hedge, takeProfit: null }));
    }
    return lines.sort();
  }

  #hold(ticket: bigint, position: PositionNow | undefined): void {
    if (position === undefined) return;
    const { hedge } = position;
    const leg = hedge === undefined ? null : { ...holding(hedge), ticket: hedge.ticket };
    this.#trades.set(ticket, { ...holding(position), hedge: leg });
  }

  #step(ticket: bigint, { actionId, type, status }: Action, by: string, text: string): void {
    const known = this.#stories.get(actionId);
    const steps = [...(known?.steps ?? []), { status, by, text }];
    this.#stories.set(actionId, { actionId, ticket, type, steps });
  }

  #withdrawn(actionId: string): void {
    const known = this.#stories.get(actionId);
    if (known === undefined) throw new Error(`${actionId} was withdrawn and never planned`);
    const step = { status: ActionStatus.EXPIRED, by: 'withdrawn', text: 'withdrawn' };
    this.#stories.set(actionId, { ...known, steps: [...known.steps, step] });
  }
}

interface PositionNow {
  readonly volume: number;
  readonly stopLoss?: number | undefined;
  readonly takeProfit?: number | undefined;
  readonly hedge?:
    | { readonly ticket: bigint; readonly volume: number; readonly stopLoss?: number | undefined }
    | undefined;
}

function holding({ volume, stopLoss, takeProfit }: Omit<PositionNow, 'hedge'>): Holding {
  return { volume, stopLoss: stopLoss ?? null, takeProfit: takeProfit ?? null };
}

function textOf({ reason, result }: Action): string {
  return [reason, result === undefined ? '' : `${result.code} ${result.message}`].filter(Boolean).join('; ');
}

function lineOf(identifier: bigint, { volume, stopLoss, takeProfit }: Holding): string {
  return `${identifier}: ${volume} lots, stop ${stopLoss ?? 'none'}, target ${takeProfit ?? 'none'}`;
}

/** The last step of an action. */
export function endOf({ steps }: ActionStory): ActionStory['steps'][number] {
  const last = steps.at(-1);
  if (last === undefined) throw new Error('an action without a step');
  return last;
}

/** What must be empty after a replay, by its rule. */
export interface Verdict {
  readonly unsettled: readonly string[];
  readonly executedTwice: readonly string[];
  readonly loosened: readonly string[];
  readonly badVolumes: readonly string[];
  readonly onlyAtBroker: readonly string[];
  readonly onlyInDtms: readonly string[];
  readonly versionGaps: readonly string[];
  /** Carried out at the broker, and the log says it was not. */
  readonly executedUnknown: readonly ActionStory[];
  /** The log says the broker carried it out, and the broker did not. */
  readonly invented: readonly string[];
}

export function judge(broker: PaperBroker, log: LogAccount, volumeStep: number): Verdict {
  const { ledger } = broker;
  const told = (story: ActionStory) =>
    `${story.actionId}: ${story.steps.map(({ status, by, text }) => `${ActionStatus[status]} (${by}: ${text})`).join(' > ')}`;
  const stories = log.stories;
  const executions = ({ actionId }: ActionStory) => ledger.executions(tagOf(actionId)).length;
  const dealsOf = new Map<string, number>();
  for (const { comment } of broker.history) dealsOf.set(comment, (dealsOf.get(comment) ?? 0) + 1);
  const atBroker = broker.positions().map(({ identifier, ...position }) => lineOf(identifier, position));
  const inDtms = log.open;
  return {
    unsettled: stories.filter((story) => !TERMINAL.has(endOf(story).status)).map(told),
    executedTwice: stories
      .filter((story) => executions(story) > 1 || (dealsOf.get(tagOf(story.actionId)) ?? 0) > 1)
      .map(told),
    loosened: ledger.loosened().map(({ position, stopLoss }) => `${position} to ${stopLoss}`),
    badVolumes: badVolumes(broker, volumeStep),
    onlyAtBroker: atBroker.filter((line) => !inDtms.includes(line)),
    onlyInDtms: inDtms.filter((line) => !atBroker.includes(line)),
    versionGaps: log.versionGaps,
    executedUnknown: stories.filter(
      (story) => executions(story) > 0 && endOf(story).status !== ActionStatus.DONE,
    ),
    invented: stories
      .filter((story) => executions(story) === 0 && endOf(story).status === ActionStatus.DONE)
      .filter((story) => /10009|10010|10008|found at the broker/.test(endOf(story).text))
      .map(told),
  };
}

/** Deals and what they leave of a position: above or at 0, and whole steps. */
function badVolumes(broker: PaperBroker, step: number): readonly string[] {
  const held = new Map<bigint, number>();
  const bad: string[] = [];
  for (const { deal, positionIdentifier, entry, volume } of broker.history) {
    const before = held.get(positionIdentifier) ?? 0;
    const left = volumeSum(before, entry === 'IN' ? volume : -volume);
    held.set(positionIdentifier, left);
    for (const lots of [volume, left]) {
      if (lots < 0 || Math.abs(lots / step - Math.round(lots / step)) > 1e-6) {
        bad.push(`deal ${deal} of ${positionIdentifier}: ${volume} lots, ${left} left`);
      }
    }
  }
  return bad;
}
