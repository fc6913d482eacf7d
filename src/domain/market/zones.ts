// Owns UTC offsets of IANA time zones, with daylight saving, at O(1) amortised.

export type Zone = 'America/New_York' | 'Europe/London' | 'Asia/Tokyo';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Days remembered per zone: more than ten years of bars, and a bound whatever comes in. */
const REMEMBERED_DAYS = 4096;

/** The offsets of one IANA zone. */
export class ZoneClock {
  readonly #format: Intl.DateTimeFormat;
  /** Offsets per UTC day: one number, or one per hour on the days on which the offset changes. */
  readonly #days = new Map<number, number | readonly number[]>();
  #lastDay = Number.NaN;
  #lastOffset = 0;

  /** @throws RangeError when there is no such zone. */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Local time minus UTC, in ms, at the UTC time `time`. */
  offset(time: number): number {
    const day = Math.floor(time / DAY);
    if (day === this.#lastDay) return this.#lastOffset;
    let known = this.#days.get(day);
    if (known === undefined) {
      known = this.#compute(day);
      if (this.#days.size >= REMEMBERED_DAYS) this.#days.clear();
      this.#days.set(day, known);
    }
    if (typeof known !== 'number') return known[Math.floor((time - day * DAY) / HOUR)] ?? 0;
    this.#lastDay = day;
    this.#lastOffset = known;
    return known;
  }

  #compute(day: number): number | readonly number[] {
    const start = this.#ask(day * DAY);
    // Zones change their offset on whole UTC hours.
    if (start === this.#ask((day + 1) * DAY - 1)) return start;
    return Array.from({ length: 24 }, (_, hour) => this.#ask(day * DAY + hour * HOUR));
  }

  #ask(time: number): number {
    const second = Math.floor(time / 1000) * 1000;
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(second)) part[type] = Number(value);
    const local = Date.UTC(
      part.year ?? 0,
      (part.month ?? 1) - 1,
      part.day ?? 1,
      part.hour ?? 0,
      part.minute ?? 0,
      part.second ?? 0,
    );
    return local - second;
  }
}

const CLOCKS: Readonly<Record<Zone, ZoneClock>> = {
  'America/New_York': new ZoneClock('America/New_York'),
  'Europe/London': new ZoneClock('Europe/London'),
  'Asia/Tokyo': new ZoneClock('Asia/Tokyo'),
};

/** More zones are not remembered than there are in use anywhere at once. */
const MOST_NAMED = 64;
const named = new Map<string, ZoneClock>();

/**
 * Local time minus UTC, in ms, in a zone by its name, or at a fixed offset in minutes.
 * @throws RangeError when there is no such zone.
 */
export function offsetIn(zone: string | number, time: number): number {
  if (typeof zone === 'number') return zone * 60_000;
  let clock = named.get(zone);
  if (clock === undefined) {
    clock = new ZoneClock(zone);
    if (named.size >= MOST_NAMED) named.clear();
    named.set(zone, clock);
  }
  return clock.offset(time);
}

/** Local time minus UTC, in ms, in `zone` at the UTC time `time`. */
export function zoneOffset(zone: Zone, time: number): number {
  return CLOCKS[zone].offset(time);
}

/** The zone's wall clock as ms since 1970 of a UTC that shows the same digits. */
export function localTime(zone: Zone, time: number): number {
  return time + CLOCKS[zone].offset(time);
}
