// Owns comparing what other servers hold of the log's state with what this one has, which leads: at a commit both have
// reached, while writing goes on.

import type { Authority } from '../engine/authority.js';
import {
  differing,
  digestOfKind,
  STATE_KINDS,
  type StateDigests,
  type StateKind,
} from '../engine/state-digest.js';
import type { StateWindow } from '../engine/state-window.js';
import { DtmsError, reasonName } from '../errors/errors.js';

/** What another server says it holds. */
export interface ToldState {
  readonly serverId: string;
  readonly commit: number;
  readonly revision: number;
  /** Of all of a kind. */
  readonly digests: ReadonlyMap<StateKind, string>;
  /** Of each thing, of the kinds that were asked for. */
  readonly items: ReadonlyMap<StateKind, ReadonlyMap<string, string>>;
}

export interface ToldQuestion {
  readonly minCommit: number;
  /** The database's clock by which news counts, UTC ms. */
  readonly at: number;
  /** Kinds of which each thing is to be told. */
  readonly items: readonly StateKind[];
}

/** Another server that can be asked. */
export interface AskedServer {
  readonly serverId: string;
  ask(question: ToldQuestion): Promise<ToldState>;
}

/** Of a kind, the names of what differs; none where it did not any more when each was looked at. */
export interface KindDifference {
  readonly kind: StateKind;
  readonly names: readonly string[];
}

export type ServerComparison =
  | { readonly verdict: 'SAME'; readonly commit: number; readonly revision: number }
  | {
      readonly verdict: 'DIFFERS';
      readonly commit: number;
      readonly revision: number;
      readonly differences: readonly KindDifference[];
    }
  | { readonly verdict: 'NOT_COMPARED'; readonly problem: string };

export interface Verification {
  /** By the server's name, in the order they were given. */
  readonly verdicts: readonly (readonly [string, ServerComparison])[];
  /** What the leader had when it began. */
  readonly leader: StateDigests;
}

/** Throws what Authority.requireTerm does. */
export async function verifyServers(
  authority: Pick<Authority, 'requireTerm'>,
  servers: readonly AskedServer[],
): Promise<Verification> {
  const term = authority.requireTerm();
  const window = await term.openWindow();
  try {
    const leader = await digestsOf(window, window.first.commit);
    const verdicts = servers.map(
      async (server) => [server.serverId, await comparisonWith(server, window)] as const,
    );
    const compared = await Promise.all(verdicts);
    // What it had may not have been written.
    if (term.over !== null) throw term.over;
    return { leader, verdicts: compared };
  } finally {
    term.closeWindow(window);
  }
}

async function comparisonWith(server: AskedServer, window: StateWindow): Promise<ServerComparison> {
  try {
    return await compared(server, window);
  } catch (error) {
    if (!(error instanceof DtmsError)) throw error;
    return { verdict: 'NOT_COMPARED', problem: problemOf(error) };
  }
}

async function compared(server: AskedServer, window: StateWindow): Promise<ServerComparison> {
  const question = { minCommit: window.first.commit, at: window.now };
  const told = await server.ask({ ...question, items: [] });
  if (told.serverId !== server.serverId)
    return { verdict: 'NOT_COMPARED', problem: `${told.serverId} answered in its place` };
  const { commit, revision } = told;
  const ours = await digestsOf(window, commit);
  const odd = STATE_KINDS.filter((kind) => told.digests.get(kind) !== digestOfKind(ours[kind]));
  if (odd.length === 0) return { verdict: 'SAME', commit, revision };
  const each = await server.ask({ ...question, items: odd });
  const again = await digestsOf(window, each.commit);
  const differences = odd.map((kind) => ({
    kind,
    names: differing(again[kind], each.items.get(kind) ?? new Map()),
  }));
  return { verdict: 'DIFFERS', commit: each.commit, revision: each.revision, differences };
}

async function digestsOf(window: StateWindow, commit: number): Promise<StateDigests> {
  const digests = await window.digestsAt(commit);
  if (digests === undefined) throw new Error(`commit ${commit} is not one of this term`);
  return digests;
}

function problemOf({ reason }: DtmsError): string {
  if (reasonName(reason) === 'DEADLINE_EXCEEDED') return 'it did not get to the commit of the leader in time';
  return 'it is not reached, or is of a version that cannot be asked';
}
