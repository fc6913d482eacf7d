// Owns what a reader chose: the theme and the zone of the times, kept in this browser.
import { Listeners, type Unsubscribe } from '../data/listeners.js';

export type Theme = 'auto' | 'light' | 'dark';
export type DisplayZone = 'utc' | 'local' | 'broker';
export type Switch = 'on' | 'off';
export type TimeStyle = 'clock' | 'date' | 'full';

export const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
export const ZONES: readonly DisplayZone[] = ['utc', 'local', 'broker'];

const THEME_ENTRY = 'dtms.theme';
const ZONE_ENTRY = 'dtms.zone';
const NOTIFY_ENTRY = 'dtms.notify';
const SOUND_ENTRY = 'dtms.sound';
const MINUTE_MS = 60_000;

const PARTS: Readonly<Record<TimeStyle, Intl.DateTimeFormatOptions>> = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  date: { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  full: {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  },
};

export class Preferences {
  readonly #changes = new Listeners();
  readonly #offsets = new Map<string, number>();
  readonly #formats = new Map<string, Intl.DateTimeFormat>();
  #theme: Theme;
  #zone: DisplayZone;

  constructor() {
    this.#theme = oneOf(THEMES, localStorage.getItem(THEME_ENTRY)) ?? 'auto';
    this.#zone = oneOf(ZONES, localStorage.getItem(ZONE_ENTRY)) ?? 'utc';
    this.#apply();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#changes.tell());
  }

  get theme(): Theme {
    return this.#theme;
  }

  get zone(): DisplayZone {
    return this.#zone;
  }

  /** Whether a new alarm that is urgent is told by a notification, and by a sound. Both are off until they are chosen. */
  get notifies(): boolean {
    return localStorage.getItem(NOTIFY_ENTRY) === 'on';
  }

  get sounds(): boolean {
    return localStorage.getItem(SOUND_ENTRY) === 'on';
  }

  /** Answers what it is now: the browser may refuse. */
  async chooseNotifications(choice: Switch): Promise<Switch> {
    const isAllowed = choice === 'off' || (await Notification.requestPermission()) === 'granted';
    const now = isAllowed ? choice : 'off';
    localStorage.setItem(NOTIFY_ENTRY, now);
    return now;
  }

  chooseSound(choice: Switch): void {
    localStorage.setItem(SOUND_ENTRY, choice);
  }

  chooseTheme(theme: Theme): void {
    this.#theme = theme;
    localStorage.setItem(THEME_ENTRY, theme);
    this.#apply();
    this.#changes.tell();
  }

  chooseZone(zone: DisplayZone): void {
    this.#zone = zone;
    localStorage.setItem(ZONE_ENTRY, zone);
    this.#changes.tell();
  }

  /** A theme or zone was chosen, or the system's theme changed: colours and times read differently now. */
  onChange(listener: () => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  /** Whether any broker's clock is known. */
  get knowsBrokers(): boolean {
    return this.#offsets.size > 0;
  }

  /** The clock of an account's broker against UTC. */
  learnOffset(account: string, minutes: number): void {
    if (this.#offsets.get(account) === minutes) return;
    this.#offsets.set(account, minutes);
    this.#changes.tell();
  }

  /** How far the shown times are from UTC at a moment, in ms. */
  offsetAt(ms: number, account?: string): number {
    if (this.#zone === 'local') return -new Date(ms).getTimezoneOffset() * MINUTE_MS;
    return this.#zone === 'broker' ? this.#brokerMinutes(account) * MINUTE_MS : 0;
  }

  /**
   * A moment as it is to be read.
   *
   * @param at - UTC ms, or as JSON has it; absent is a dash
   * @param account - whose broker's clock counts, where the reader chose the broker's
   */
  time(at: number | string | undefined, style: TimeStyle, account?: string): string {
    const ms = typeof at === 'string' ? Date.parse(at) : at;
    if (ms === undefined || Number.isNaN(ms)) return '–';
    let format = this.#formats.get(style);
    if (format === undefined) {
      format = new Intl.DateTimeFormat('en-GB', { ...PARTS[style], timeZone: 'UTC' });
      this.#formats.set(style, format);
    }
    return format.format(ms + this.offsetAt(ms, account));
  }

  /** The day of a moment, "2026-11-30", by the same clock. */
  day(ms: number, account?: string): string {
    return new Date(ms + this.offsetAt(ms, account)).toISOString().slice(0, 10);
  }

  /** An account that is not named, or told none, has the offset of the others where they agree. */
  #brokerMinutes(account: string | undefined): number {
    const own = account === undefined ? undefined : this.#offsets.get(account);
    if (own !== undefined) return own;
    const all = new Set(this.#offsets.values());
    const [only = 0] = all;
    return all.size === 1 ? only : 0;
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.#theme;
  }
}

function oneOf<T extends string>(all: readonly T[], text: string | null): T | undefined {
  return all.find((each) => each === text);
}
