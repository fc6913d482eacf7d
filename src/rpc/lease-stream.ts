// Owns a bridge's stream of work: what is due when it falls due, and a sign of life when nothing is.
import type { LeaseActionsRequest, LeaseActionsResponse } from '../../gen/ts/dtms/v1/action_service.js';
import { type Leased, leaseActions } from '../commands/lease-actions.js';
import type { CommandRunner } from '../commands/runner.js';
import { shuttingDown } from '../errors/errors.js';
import type { CallContext } from '../interceptors/call-context.js';
import { hasWork } from '../queries/actions.js';
import type { Sources } from '../queries/sources.js';
import { leasedToProto } from '../wire/action.js';
import { fromDate } from '../wire/time.js';
import type { WorkHints } from './work-hints.js';

const DEFAULT_LEASES = 16;
/** Work may fall due by time alone; a hint that is lost costs this much, in ms. */
const LOOK_AGAIN_MS = 500;
/** A stream without work says at least this often that it is alive, in ms. */
const ALIVE_MS = 5000;

export async function* leaseStream(
  commands: CommandRunner,
  sources: Sources,
  hints: WorkHints,
  request: LeaseActionsRequest,
  call: CallContext,
): AsyncGenerator<LeaseActionsResponse> {
  const { signal } = call;
  const wanted = wantedFromProto(request);
  let spokeAt = performance.now();
  for (let first = true; !signal.aborted; first = false) {
    if (hints.ended) throw shuttingDown();
    const ready = first || hasWork(sources, wanted.account, wanted.bridge);
    const command = leaseActions(wanted, first ? 'held and due' : 'due');
    const leased = ready ? await commands.run(command, call) : nothing(sources);
    const found = leased.actions.length > 0;
    if (first || found || performance.now() - spokeAt >= ALIVE_MS) {
      yield leasedActionsToProto(leased);
      spokeAt = performance.now();
    }
    if (request.drain) return;
    if (!found) await hints.wait(LOOK_AGAIN_MS, signal);
  }
}

const nothing = (sources: Sources): Leased => ({ actions: [], revision: sources.leading().head });

function wantedFromProto(request: LeaseActionsRequest) {
  const { account, bridgeId, maxLeases, leaseSeconds, occurredAt } = request;
  return {
    account,
    bridge: bridgeId,
    maxLeases: maxLeases || DEFAULT_LEASES,
    leaseMs: leaseSeconds * 1000 || null,
    occurredAt: fromDate(occurredAt),
  };
}

function leasedActionsToProto({ actions, revision }: Leased): LeaseActionsResponse {
  return {
    actions: actions.map(leasedToProto),
    revision: BigInt(revision),
  };
}
