// Owns the handlers that tell what a server holds of the log's state, and whether all hold the same.
import {
  DigestStateRequest,
  DigestStateResponse,
  type KindDigest,
  ServerVerdict,
  StateKind as StateKindMessage,
  type SystemServiceDefinition,
  type VerifiedServer,
} from '../../gen/ts/dtms/v1/system_service.js';
import { digestOfKind, STATE_KINDS, type StateDigests, type StateKind } from '../engine/state-digest.js';
import type { CallContext } from '../interceptors/call-context.js';
import type { Handlers } from '../interceptors/handlers.js';
import { within } from '../observability/signals.js';
import { heldState, type StateHolders } from '../queries/held-state.js';
import {
  type AskedServer,
  type ServerComparison,
  type ToldState,
  verifyServers,
} from '../queries/verify-servers.js';
import type { KnownServer } from '../store/servers.js';
import { fromDate } from '../wire/time.js';

/** How other servers are asked. */
export interface OtherServers {
  /** This server. */
  readonly serverId: string;
  /** Those that told of themselves lately, but this one. @throws StoreUnavailableError */
  others(): Promise<readonly KnownServer[]>;
  /** Calls another one with the caller's identity. @throws DtmsError what it answered */
  ask(server: KnownServer, call: CallContext, request: Uint8Array): Promise<Uint8Array>;
}

const METHOD = '/dtms.v1.SystemService/DigestState';
/** A server that holds nothing yet, or lags, is not waited for longer, in ms. */
const PATIENCE_MS = 10_000;
const MOST_NAMES = 10;

const MESSAGES = {
  trades: StateKindMessage.TRADES,
  views: StateKindMessage.VIEWS,
  accounts: StateKindMessage.ACCOUNTS,
  feeds: StateKindMessage.FEEDS,
  instruments: StateKindMessage.INSTRUMENTS,
  news: StateKindMessage.NEWS,
  flags: StateKindMessage.FLAGS,
  policies: StateKindMessage.POLICIES,
} satisfies Record<StateKind, StateKindMessage>;

export function stateHandlers(
  holders: StateHolders,
  servers: OtherServers,
): Pick<Handlers<SystemServiceDefinition>, 'digestState' | 'verifyServers'> {
  return {
    digestState: async ({ minCommit, at, items }, call) => {
      const question = { minCommit: Number(minCommit), at: fromDate(at) };
      const { commit, revision, digests } = await within(PATIENCE_MS, call.signal, (signal) =>
        heldState(holders, question, signal),
      );
      const shown = (kind: StateKind) => (items.includes(MESSAGES[kind]) ? itemsOf(digests[kind]) : []);
      const kinds = STATE_KINDS.map((kind) => ({ ...kindToProto(kind, digests), items: shown(kind) }));
      return { serverId: servers.serverId, commit: BigInt(commit), revision: BigInt(revision), kinds };
    },

    verifyServers: async (_request, call) => {
      holders.authority.requireTerm();
      const others = await servers.others();
      const asked = others.map((server) => askedServer(servers, server, call));
      const { verdicts, leader } = await verifyServers(holders.authority, asked);
      return {
        leaderServerId: servers.serverId,
        servers: verdicts.map(([serverId, verdict]) => verdictToProto(serverId, verdict)),
        leader: STATE_KINDS.map((kind) => kindToProto(kind, leader)),
      };
    },
  };
}

function askedServer(servers: OtherServers, server: KnownServer, call: CallContext): AskedServer {
  return {
    serverId: server.serverId,
    ask: async ({ minCommit, at, items }) => {
      const request = DigestStateRequest.encode({
        minCommit: BigInt(minCommit),
        at: new Date(at),
        items: items.map((kind) => MESSAGES[kind]),
      }).finish();
      const answer = await within(PATIENCE_MS, call.signal, (signal) =>
        servers.ask(server, hopOf(call, signal), request),
      );
      return toldFromProto(DigestStateResponse.decode(answer));
    },
  };
}

/** The question to another server, in its caller's name. */
function hopOf(call: CallContext, signal: AbortSignal): CallContext {
  const { correlationId, span, peer, principal, metadata, deadline, logger } = call;
  return {
    ...{ correlationId, peer, principal, metadata, deadline, logger },
    ...(span === undefined ? {} : { span }),
    method: METHOD,
    signal,
  };
}

function toldFromProto({ serverId, commit, revision, kinds }: DigestStateResponse): ToldState {
  const known = kinds.flatMap((told) => {
    const kind = STATE_KINDS.find((each) => MESSAGES[each] === told.kind);
    return kind === undefined ? [] : [{ ...told, kind }];
  });
  return {
    serverId,
    commit: Number(commit),
    revision: Number(revision),
    digests: new Map(known.map(({ kind, digest }) => [kind, digest])),
    items: new Map(
      known.map(({ kind, items }) => [kind, new Map(items.map(({ name, digest }) => [name, digest]))]),
    ),
  };
}

function kindToProto(kind: StateKind, digests: StateDigests): KindDigest {
  const of = digests[kind];
  return { kind: MESSAGES[kind], count: BigInt(of.size), digest: digestOfKind(of), items: [] };
}

function itemsOf(digests: ReadonlyMap<string, string>): KindDigest['items'] {
  return Array.from(digests, ([name, digest]) => ({ name, digest }));
}

function verdictToProto(serverId: string, told: ServerComparison): VerifiedServer {
  const verdict = ServerVerdict[told.verdict];
  const empty = { serverId, verdict, commit: 0n, revision: 0n, differences: [], problem: '' };
  if (told.verdict === 'NOT_COMPARED') return { ...empty, problem: told.problem };
  const at = { commit: BigInt(told.commit), revision: BigInt(told.revision) };
  if (told.verdict === 'SAME') return { ...empty, ...at };
  const differences = told.differences.map(({ kind, names }) => ({
    kind: MESSAGES[kind],
    count: BigInt(names.length),
    names: names.slice(0, MOST_NAMES),
  }));
  return { ...empty, ...at, differences };
}
