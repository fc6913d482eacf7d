// Owns the session by which a server asks for the lead. It is kept from one time to the next: a connection made each time
// costs a process of the database and, for its password, more of this one than all else that a follower does.
import type pg from 'pg';
import { connect, type DatabaseOptions, disconnect, query } from './pool.js';
import { primaryUrl } from './primary.js';

/** The statements by which the lead is taken may wait for the last commit of the leader before. */
const TAKING_MS = 5000;

/** The server ends a session that was silent this long, and with it a lead: its process is frozen or cut off. */
const SILENCE_MS = 3500;

interface Session {
  readonly client: pg.Client;
  /** The URL of its host. */
  readonly host: string;
  lost: (reason: Error) => void;
}

/** Lets somebody ask for the lead; a session that did not get it ends afterwards. @throws what `ask` throws */
export async function asCandidate<T>(
  connection: DatabaseOptions,
  ask: (candidate: Candidate) => Promise<T>,
): Promise<T> {
  const candidate = new Candidate(connection);
  try {
    return await ask(candidate);
  } finally {
    await candidate.close();
  }
}

export class Candidate {
  readonly #connection: DatabaseOptions;
  #session: Session | undefined;

  constructor(connection: DatabaseOptions) {
    this.#connection = { ...connection, statementTimeoutMs: TAKING_MS };
  }

  /**
   * The session, made where there is none, and anew where another connection of the process has found another primary since.
   *
   * @param lost - called at most once, when it breaks before this is called again
   * @throws StoreUnavailableError
   */
  async session(lost: (reason: Error) => void): Promise<pg.Client> {
    if (this.#session !== undefined && this.#session.host !== primaryUrl(this.#connection.url))
      await this.close();
    this.#session ??= await this.#open();
    this.#session.lost = lost;
    return this.#session.client;
  }

  /** The session leads: it is no candidate's any more. */
  elected(): void {
    this.#session = undefined;
  }

  /** Ends the session, and gives up what it holds. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await disconnect(session.client);
  }

  async #open(): Promise<Session> {
    const client = await connect(this.#connection, 'leader', (reason) => {
      if (this.#session === session) this.#session = undefined;
      session.lost(reason);
    });
    const session: Session = { client, host: primaryUrl(this.#connection.url), lost: () => undefined };
    // Before it can hold the lock: a process that is frozen must not keep that for ever.
    await query(client, `SELECT set_config('idle_session_timeout', '${SILENCE_MS}', false)`);
    return session;
  }
}
