// Owns what is looked at for notices: what needs a person now, which servers are away, and whether registrations fail.
import type { Rules } from '../domain/rules.js';
import { everyAlarm } from '../queries/alarms.js';
import type { LogState } from '../queries/sources.js';
import type { Lasting } from '../store/notices.js';
import type { Store } from '../store/store.js';
import { type FoundLasting, foundAlarm } from './lasting.js';
import type { LastingLook } from './lasting-watch.js';
import { awayNow, remembered, type ServersMemory } from './server-watch.js';

/** What needs a person now, by the server that leads; undefined while this one does not. */
export function alarmLook(state: LogState | undefined, rules: Rules): LastingLook | undefined {
  if (state === undefined) return undefined;
  const at = Math.floor(state.databaseNow());
  return { found: everyAlarm(state, rules, null, at).map(foundAlarm), at };
}

/** Which servers are away; remembers what it saw. */
export class AwayLooks {
  readonly #store: Pick<Store, 'servers' | 'noticeWork'>;
  readonly #awayMs: () => number;
  #memory: ServersMemory | undefined;

  constructor(store: Pick<Store, 'servers' | 'noticeWork'>, awayMs: () => number) {
    this.#store = store;
    this.#awayMs = awayMs;
  }

  /** What was seen before is not of now any more: another server looked meanwhile. */
  forget(): void {
    this.#memory = undefined;
  }

  /** @throws StoreUnavailableError */
  async look(known: readonly Lasting[]): Promise<LastingLook> {
    const { servers } = await this.#store.servers.list();
    const at = await this.#store.noticeWork.now();
    const now = performance.now();
    this.#memory = remembered(this.#memory ?? { signs: new Map(), leaderAt: now }, servers, now);
    const before = known.map(({ key, begunAt }) => ({ key, forMs: at - begunAt }));
    return { found: awayNow(this.#memory, before, now, this.#awayMs()), at };
  }
}

/** Registrations that failed in a row at this server, before somebody is told. */
const IN_A_ROW = 3;

/** How many registrations ended here since the start. */
export interface RegistrationCounts {
  readonly registered: number;
  readonly failed: number;
}

/** Whether registrations fail here one after the other: several did, and none succeeded, since the last that did. */
export class RegistrationLooks {
  #registered = 0;
  #failedBefore = 0;

  /** @param server - this one, as people know it. */
  look(server: string, { registered, failed }: RegistrationCounts, at: number): LastingLook {
    if (registered !== this.#registered) this.#failedBefore = failed;
    this.#registered = registered;
    const inARow = failed - this.#failedBefore;
    return { found: inARow < IN_A_ROW ? [] : [failing(server, inARow)], at };
  }
}

function failing(server: string, times: number): FoundLasting {
  return {
    key: `REGISTRATIONS_FAILING|${server}`,
    about: {
      kind: 'REGISTRATIONS_FAILING',
      text: `${times} registrations in a row failed at ${server}: those trades are not defended`,
      advice: 'The log says why each was refused; a program that registers may be out of step.',
      command: 'dtms status',
    },
  };
}
