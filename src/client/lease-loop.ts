// Owns a bridge's work as a loop over leases: it outlives connections and servers, keeps what it was given leased until it is
// dealt with, and gives nothing twice.
import { status } from '@grpc/grpc-js';
import {
  type ActionServiceClient,
  ActionServiceService,
  LeaseActionsRequest,
  type LeasedAction,
} from '../../gen/ts/dtms/v1/action_service.js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import type { ActionResult } from '../../gen/ts/dtms/v1/types.js';
import type { CallOptions, MessageInit } from './call.js';
import { DtmsCallError, hasReason, isTransient, knownAnswer } from './errors.js';
import { type CallHeaders, metadataOf } from './headers.js';
import { type ClientInterceptor, throughStream } from './hooks.js';
import type { Methods } from './methods.js';
import { Backoff, pause } from './retry.js';
import { streamMessages } from './stream-messages.js';

/** Whose work it is, and how much of it at a time. */
export interface LeaseOptions {
  readonly account: string;
  /** The bridge's name; one per running bridge. It must report the account (`reportAccount`) to get work. */
  readonly bridgeId: string;
  /** Leases held at once, at most; 16 by default. */
  readonly maxLeases?: number;
  /** How long a lease lasts unless it is extended, in seconds, which it is three times in that time; 30 by default. */
  readonly leaseSeconds?: number;
  /** Ends the loop quietly; a lease that is being worked on can still be reported. */
  readonly signal?: AbortSignal;
  /** How long the service may be away before the loop gives up, in ms; without it, for ever. */
  readonly retryMs?: number;
  /** Told of every break before the loop tries again, with its cause; a bridge that is not ready is one. */
  readonly onBreak?: (error: Error) => void;
  /** Metadata of the streams. */
  readonly headers?: CallHeaders;
}

/** What a lease asks of the client. */
export type LeaseCalls = Pick<Methods, 'beginAction' | 'reportAction' | 'extendLease'>;

const METHOD = ActionServiceService.leaseActions.path;
const LEASE_SECONDS = 30;

/** Why an action is the bridge's no more. */
const LOST = [
  ErrorReason.LEASE_LOST,
  ErrorReason.TRADING_STATE,
  ErrorReason.ACTION_OVERTAKEN,
  ErrorReason.ACTION_HELD,
];

/** True when a step of a lease failed because the action is the bridge's no more. */
export function isLeaseLost(error: unknown): error is DtmsCallError {
  return LOST.some((reason) => hasReason(error, reason));
}

/** One action under lease: one order. */
export class Lease {
  /** What is to be done, with all that is needed to make one order of it. */
  readonly action: LeasedAction;
  readonly #calls: LeaseCalls;
  #isOver = false;

  constructor(action: LeasedAction, calls: LeaseCalls) {
    this.action = action;
    this.#calls = calls;
  }

  /** Names the lease among all of all times. */
  get name(): string {
    return leaseName(this.action);
  }

  /** True once it was reported, or lost: nothing more may be done of it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Says that the broker is about to be touched. False: the lease is lost and nothing was begun, leave the broker alone. Throws
   * DtmsCallError when an answer got lost, also when the attempt after it was refused: leave the broker alone as well, and
   * report that nothing was sent, since it may have begun.
   */
  begin(options?: CallOptions): Promise<boolean> {
    return this.#held(knownAnswer(this.#calls.beginAction(this.#step, options)));
  }

  /**
   * Reports the broker's answer. False: the lease was lost, or the report counted before and its answer got lost; the log has
   * what was reported either way.
   */
  async report(result: MessageInit<ActionResult>, options?: CallOptions): Promise<boolean> {
    const taken = await this.#held(this.#calls.reportAction({ ...this.#step, result }, options));
    this.#isOver = true;
    return taken;
  }

  /** Lengthens it from now on. False: it is lost. */
  extend(leaseSeconds: number, options?: CallOptions): Promise<boolean> {
    return this.#held(this.#calls.extendLease({ ...this.#step, leaseSeconds }, options));
  }

  get #step() {
    const { action } = this.action;
    return { actionId: action?.actionId ?? '', token: action?.lease?.token ?? 0n };
  }

  async #held(answer: Promise<unknown>): Promise<boolean> {
    try {
      await answer;
      return true;
    } catch (error) {
      if (!isLeaseLost(error)) throw error;
      this.#isOver = true;
      return false;
    }
  }
}

function leaseName({ action }: LeasedAction): string {
  return `${action?.actionId} ${action?.lease?.token}`;
}

/** What the loop was given and is not done with. */
class HeldLeases {
  readonly #leases = new Map<string, Lease>();
  readonly #timer: NodeJS.Timeout;

  constructor(leaseSeconds: number) {
    this.#timer = setInterval(
      () => {
        for (const lease of this.#leases.values()) this.#extend(lease, leaseSeconds);
      },
      (leaseSeconds * 1000) / 3,
    );
  }

  /** False when it is here already: a server that is asked anew tells again what was not begun. */
  add(lease: Lease): boolean {
    if (this.#leases.has(lease.name)) return false;
    this.#leases.set(lease.name, lease);
    return true;
  }

  end(lease: Lease): void {
    this.#leases.delete(lease.name);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#leases.clear();
  }

  #extend(lease: Lease, leaseSeconds: number): void {
    if (lease.isOver) return;
    // The next turn tries again; a lease that ends meanwhile is told by the step that finds it lost.
    lease.extend(leaseSeconds, { retryMs: 0 }).catch(() => undefined);
  }
}

/**
 * Leases one after the other, in the order the actions are to be executed. The one at hand ends when the loop asks for the
 * next: what was not begun by then is another's, or given again, once its time is over. A loop that is left ends all.
 *
 * @throws DtmsCallError what the service refuses the work for.
 */
export async function* leaseLoop(
  stub: ActionServiceClient,
  calls: LeaseCalls,
  options: LeaseOptions,
  interceptors: readonly ClientInterceptor[],
): AsyncGenerator<Lease, void, undefined> {
  const { account, bridgeId, signal, headers } = options;
  const { maxLeases = 0, leaseSeconds = LEASE_SECONDS, retryMs = Number.POSITIVE_INFINITY } = options;
  const request = LeaseActionsRequest.fromPartial({ account, bridgeId, maxLeases, leaseSeconds });
  const held = new HeldLeases(leaseSeconds);
  const backoff = new Backoff();
  let brokenSince: number | null = null;
  const isEnded = () => signal?.aborted === true;
  try {
    while (!isEnded()) {
      let cause: Error = new Error('the stream ended');
      try {
        const outgoing = { method: METHOD, request, metadata: metadataOf(headers) };
        const messages = throughStream(interceptors, outgoing, ({ metadata }) =>
          streamMessages(METHOD, () => stub.leaseActions(request, metadata), signal),
        );
        for await (const { actions } of messages) {
          backoff.reset();
          brokenSince = null;
          const fresh = actions.map((action) => new Lease(action, calls)).filter((lease) => held.add(lease));
          for (const lease of fresh) {
            if (!lease.isOver && !isEnded()) yield lease;
            held.end(lease);
          }
        }
      } catch (error) {
        if (isEnded()) return;
        if (!isBreak(error)) throw error;
        cause = error;
      }
      brokenSince ??= performance.now();
      const waitMs = backoff.next(cause);
      if (performance.now() - brokenSince + waitMs > retryMs) throw cause;
      if (isEnded()) return;
      options.onBreak?.(cause);
      await pause(waitMs, signal).catch(() => {});
    }
  } finally {
    held.close();
  }
}

/** True for what the loop survives; CANCELLED is our own end of a connection that fell silent. */
function isBreak(error: unknown): error is DtmsCallError {
  if (isTransient(error) || hasReason(error, ErrorReason.BRIDGE_NOT_READY)) return true;
  return error instanceof DtmsCallError && error.code === status.CANCELLED;
}
