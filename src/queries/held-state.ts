// Owns reading what this server itself holds of the log's state, in short, at one commit.
import type { Authority } from '../engine/authority.js';
import type { Follower } from '../engine/follower.js';
import { digestsOf, type StateDigests } from '../engine/state-digest.js';
import { invalidField } from '../errors/errors.js';

/** What a server holds at a commit. */
export interface HeldState {
  readonly commit: number;
  /** The log's head then. */
  readonly revision: number;
  readonly digests: StateDigests;
}

/** What is asked for. */
export interface HeldQuestion {
  /** The commit it has to know at least; it is waited for. */
  readonly minCommit: number;
  /** The database's clock by which news counts, UTC ms; null, and where this server leads, means now. */
  readonly at: number | null;
}

/** Whoever has the state. */
export interface StateHolders {
  readonly authority: Pick<Authority, 'role' | 'requireTerm'>;
  readonly follower: Pick<Follower, 'contentsFrom'>;
}

/** Throws DEADLINE_EXCEEDED; where it leads INVALID_FIELD when there is no such commit, and what Authority.requireTerm does. */
export async function heldState(
  { authority, follower }: StateHolders,
  { minCommit, at }: HeldQuestion,
  signal: AbortSignal,
): Promise<HeldState> {
  if (authority.role === 'STANDBY') {
    const { place, contents } = await follower.contentsFrom(minCommit, at, signal);
    return { commit: place.commit, revision: place.revision, digests: await digestsOf(contents) };
  }
  const term = authority.requireTerm();
  const window = await term.openWindow();
  try {
    const { first } = window;
    const digests = await window.digestsAt(Math.max(first.commit, minCommit));
    if (digests === undefined)
      throw invalidField('min_commit', `is above the newest commit, which is ${first.commit}`);
    return { ...first, digests };
  } finally {
    term.closeWindow(window);
  }
}
