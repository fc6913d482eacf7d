// Owns which servers are away: found by the one that does the work of notices, from what all of them tell of themselves. A
// server that stops in order says so and is not missed.
import { ALARMS } from '../domain/notices/alarm-kinds.js';
import type { KnownServer } from '../store/servers.js';
import type { FoundLasting } from './lasting.js';

/** What of a server is looked at. */
export type SeenServer = Pick<KnownServer, 'serverId' | 'grpcAddress' | 'role' | 'silentMs'>;

/** How a server was when it was last looked at. */
interface LastSign {
  /** When it last told of itself. */
  readonly at: number;
  /** Whether it had been silent for some time: then it goes without a word. */
  readonly isSilent: boolean;
}

/** What is remembered between two looks. Times are of a clock that never goes back, ms. */
export interface ServersMemory {
  /** By the name that stays. */
  readonly signs: ReadonlyMap<string, LastSign>;
  /** When a server was last seen to lead. */
  readonly leaderAt: number;
}

/** A server tells of itself every second. */
const SILENT_MS = 5_000;
/** A server that does not come back is not missed for ever. */
const MISSED_MS = 24 * 3_600_000;

/** The name of a server that its next run has as well: where callers reach it, else its machine. */
export function stayingName({ grpcAddress, serverId }: Pick<SeenServer, 'grpcAddress' | 'serverId'>): string {
  return grpcAddress === '' ? serverId.replace(/-[^-]*$/, '') : grpcAddress;
}

/** @param now - of the clock of what is remembered. */
export function remembered(
  before: ServersMemory,
  servers: readonly SeenServer[],
  now: number,
): ServersMemory {
  // Who is gone without a word is remembered; who said goodbye is not.
  const signs = new Map([...before.signs].filter(([, { isSilent }]) => isSilent));
  for (const server of servers) {
    const at = now - server.silentMs;
    const name = stayingName(server);
    if (at >= (signs.get(name)?.at ?? at)) signs.set(name, { at, isSilent: server.silentMs > SILENT_MS });
  }
  const leads = servers.some(({ role, silentMs }) => role === 'LEADER' && silentMs <= SILENT_MS);
  return { signs, leaderAt: leads ? now : before.leaderAt };
}

/** What lasted before: a server that was away is, until it is back. */
export interface KnownAway {
  readonly key: string;
  /** For how long, ms. */
  readonly forMs: number;
}

/** What lasts now. @param awayMs - silence after which a server is away, or the lead is. */
export function awayNow(
  { signs, leaderAt }: ServersMemory,
  known: readonly KnownAway[],
  now: number,
  awayMs: number,
): FoundLasting[] {
  const silent = [...signs].filter(([, { at }]) => now - at > awayMs).map(([name]) => name);
  const stillAway = known
    .filter(({ key, forMs }) => key.startsWith(SERVER) && forMs < MISSED_MS)
    .map(({ key }) => key.slice(SERVER.length))
    .filter((name) => signs.get(name)?.isSilent !== false);
  const servers = [...new Set([...silent, ...stillAway])].map(away);
  return now - leaderAt > awayMs ? [...servers, NO_LEADER] : servers;
}

const SERVER = 'SERVER_AWAY|';

function away(name: string): FoundLasting {
  return {
    key: SERVER + name,
    about: {
      kind: 'SERVER_AWAY',
      text: `server ${name} does not tell of itself any more`,
      advice: 'See whether its machine and its process are there; the others serve meanwhile.',
      command: 'dtms servers',
    },
  };
}

const NO_LEADER: FoundLasting = {
  key: 'NO_LEADER',
  about: {
    kind: 'NO_LEADER',
    text: 'no server leads: no trade is evaluated, and no order is sent',
    advice: ALARMS.NO_LEADER.advice,
    command: 'dtms servers',
  },
};
