// Owns who the reader is to the server, and what that may do: what it may not is not offered. Elements say what they need
// by `data-needs`, and the style sheet hides them until it is known that it is allowed.
import type { GetCallerResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { Api } from './api.js';
import { ApiError } from './api-error.js';
import { type CallerJson, grantsOf } from './grants.js';
import { Listeners, type Unsubscribe } from './listeners.js';

const AGAIN_MS = 5000;

export class Caller {
  readonly #api: Api;
  readonly #changes = new Listeners();
  #known: CallerJson | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the questions: what was asked for another key says nothing of this one. */
  #asked = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Undefined until the server told. */
  get known(): CallerJson | undefined {
    return this.#known;
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  /** Asks anew: of another key another thing may be allowed. */
  start(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#know(undefined);
    void this.#ask(this.#asked);
  }

  async #ask(question: number): Promise<void> {
    try {
      const told = await this.#api.get<GetCallerResponse>('/v1/dtms/caller');
      if (question === this.#asked) this.#know(told);
    } catch (error) {
      // Without a key there is nothing to know until another one is used.
      if (question !== this.#asked || (error instanceof ApiError && error.status === 401)) return;
      this.#timer = setTimeout(() => void this.#ask(question), AGAIN_MS);
    }
  }

  #know(known: CallerJson | undefined): void {
    this.#known = known;
    document.documentElement.dataset.may = known === undefined ? '' : grantsOf(known).join(' ');
    this.#changes.tell();
  }
}
