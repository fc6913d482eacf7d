// Owns what needs a person now, as the server lists it, asked for so often that an alarm is seen soon after its cause; and
// telling of new ones by a notification and a sound, where the reader wants that.
import type { ListAlarmsResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { Preferences } from '../ui/preferences.js';
import { type Api, problemText } from './api.js';
import { ApiError } from './api-error.js';
import type { AlarmJson } from './json.js';
import { Listeners, type Unsubscribe } from './listeners.js';
import { isObservedBy } from './policy.js';

/** So that an alarm is seen within two seconds of its cause. */
const EVERY_MS = 1500;
/** While the last question has no answer. */
const SOON_MS = 200;
const PATH = '/v1/dtms/alarms';
const NOW = 'ALARM_URGENCY_NOW';

export class Alarms {
  readonly #api: Api;
  readonly #preferences: Preferences;
  readonly #changes = new Listeners();
  #list: readonly AlarmJson[] = [];
  #total = 0;
  #problem: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  /** Those that were told of already; undefined before the first answer. */
  #told: ReadonlySet<string> | undefined;
  #made = '';

  constructor(api: Api, preferences: Preferences) {
    this.#api = api;
    this.#preferences = preferences;
  }

  /** The most urgent first. */
  get list(): readonly AlarmJson[] {
    return this.#list;
  }

  /** Whether DTMS only observes all of an account's trades, or may. */
  isObserved(account: string): boolean {
    return isObservedBy(this.#list, account);
  }

  /** How many there are, listed or not. */
  get total(): number {
    return this.#total;
  }

  /** Why nothing is known now: what is listed is old. Undefined while the server answers. */
  get problem(): string | undefined {
    return this.#problem;
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  /** Asks now, and again and again. */
  start(): void {
    this.#told = undefined;
    this.#in(0);
  }

  /** Something was done about one: asks at once. */
  soon(): void {
    this.#in(0);
  }

  #in(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return this.#in(SOON_MS);
    this.#isAsking = true;
    try {
      // A page that nobody sees, and that is to tell nobody, costs the server nothing.
      if (!document.hidden || this.#preferences.notifies || this.#preferences.sounds) await this.#take();
    } finally {
      this.#isAsking = false;
      this.#in(EVERY_MS);
    }
  }

  async #take(): Promise<void> {
    try {
      const { alarms, total } = await this.#api.get<ListAlarmsResponse>(PATH);
      this.#list = alarms;
      this.#total = Number(total);
      this.#problem = undefined;
      this.#tell();
    } catch (error) {
      const isKey = error instanceof ApiError && error.status === 401;
      this.#problem = isKey ? undefined : problemText(error);
    }
    const made = JSON.stringify([this.#list, this.#total, this.#problem]);
    if (made === this.#made) return;
    this.#made = made;
    this.#changes.tell();
  }

  /** What was there when the page was opened is not new. */
  #tell(): void {
    const urgent = this.#list.filter(({ urgency }) => urgency === NOW);
    const before = this.#told;
    this.#told = new Set(urgent.map(alarmName));
    if (before === undefined) return;
    const fresh = urgent.filter((alarm) => !before.has(alarmName(alarm)));
    const [first] = fresh;
    if (first === undefined) return;
    if (this.#preferences.sounds) beep();
    if (!this.#preferences.notifies || Notification.permission !== 'granted') return;
    const more = fresh.length > 1 ? ` (and ${fresh.length - 1} more)` : '';
    new Notification('DTMS needs you', { body: first.text + more, tag: 'dtms-alarms' });
  }
}

/** What an alarm is about: one that says something else of the same is the same one. */
export function alarmName({ kind, account, feed, ticket, actionId }: AlarmJson): string {
  return [kind, account, feed, ticket, actionId].join(' ');
}

/** Two short tones. */
function beep(): void {
  const audio = new AudioContext();
  for (const [at, pitch] of [
    [0, 880],
    [0.2, 660],
  ] as const) {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.15);
  }
  setTimeout(() => void audio.close(), 1000);
}
