// Owns handing the lead over in order: to a server that tells of itself, and only from the one that leads.
import type { Authority } from '../engine/authority.js';
import type { Term } from '../engine/term.js';
import { leaderUnreachable, noSuccessor } from '../errors/errors.js';
import { pause } from '../observability/background.js';
import type { AuditTable } from '../store/audits.js';
import type { KnownServer, ServerTable } from '../store/servers.js';
import { auditOf, type Issuer } from './command.js';

export interface Move {
  /** The server to hand over to; empty leaves it to whoever is first. */
  readonly serverId: string;
  /** Who decided. */
  readonly by: string;
}

export interface Moved {
  readonly leaderServerId: string;
  /** For so long no server led, in ms. */
  readonly tookMs: number;
}

export interface MovingParts {
  readonly authority: Pick<Authority, 'handOver'> & { requireTerm(): Pick<Term, 'evaluatorEpoch'> };
  readonly servers: Pick<ServerTable, 'list' | 'favour'>;
  readonly audits: Pick<AuditTable, 'add'>;
  /** This server. */
  readonly serverId: string;
}

/** A server that told of itself longer ago is not handed over to, in ms. */
const SILENT_MS = 3000;
/** How long the server asked for may take before any other may lead, in ms. */
const FAVOUR_MS = 3000;
/** How long the answer waits for the next leader, in ms. */
const WAIT_MS = 10_000;
const LOOK_MS = 10;

/**
 * Answered when another server leads; handed over to the server that leads already, nothing happens.
 *
 * @throws DtmsError NOT_LEADING on any other server; NO_SUCCESSOR, also when this server had to take the lead again;
 * LEADER_UNREACHABLE when nobody led in time
 */
export async function moveLeader(parts: MovingParts, { serverId, by }: Move, issuer: Issuer): Promise<Moved> {
  const { authority, servers, audits } = parts;
  const { evaluatorEpoch } = authority.requireTerm();
  if (serverId === parts.serverId) return { leaderServerId: serverId, tookMs: 0 };
  const { servers: known } = await servers.list();
  if (!known.some((server) => mayLead(server, parts.serverId) && [server.serverId, ''].includes(serverId)))
    throw noSuccessor(serverId);
  // Written down first: what could not be is not done.
  await audits.add(auditOf(issuer, { detail: { from: parts.serverId, to: serverId, by } }));
  if (serverId !== '') await servers.favour(serverId, FAVOUR_MS);
  await authority.handOver();
  const beganAt = performance.now();
  for (;;) {
    const leader = (await servers.list()).servers.find(({ role }) => role === 'LEADER');
    const tookMs = performance.now() - beganAt;
    if (leader !== undefined && leader.serverId !== parts.serverId)
      return { leaderServerId: leader.serverId, tookMs: Math.round(tookMs) };
    // No other took it in time, so this one leads again.
    if (leader !== undefined && leader.evaluatorEpoch > evaluatorEpoch) throw noSuccessor(serverId);
    if (tookMs > WAIT_MS) throw leaderUnreachable('unknown', undefined);
    await pause(LOOK_MS);
  }
}

function mayLead({ serverId, role, silentMs }: KnownServer, self: string): boolean {
  return serverId !== self && role === 'STANDBY' && silentMs <= SILENT_MS;
}
