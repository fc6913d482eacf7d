// Owns the zone a file's clock is in, as it is asked for: an IANA name, an offset, EST without daylight
// saving, or a broker's server that changes with New York.
import { ZoneClock } from '../../domain/market/zones.js';

/** What turns a wall clock into UTC. */
export interface WallZone {
  readonly name: string;
  /** UTC ms at which the wall showed `wall`, in order: none in the hour left out in spring, two in autumn's. */
  instants(wall: number): readonly number[];
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** No place's clock is further from UTC, ms. */
export const MOST_OFFSET = 14 * HOUR;
const NEW_YORK = 'America/New_York';
const NEW_YORK_SUMMER = -4 * HOUR;
const OFFSET = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i;
const BROKER = /^broker:([+-]\d{1,2})\/([+-]\d{1,2})$/i;
/** Names that mean one offset to some and a clock with daylight saving to others. */
const UNCLEAR: Readonly<Record<string, string>> = {
  EST: `EST-fixed, or ${NEW_YORK} with daylight saving`,
  EDT: NEW_YORK,
  MST: 'America/Denver with daylight saving, America/Phoenix without, or -07:00',
  CST: 'America/Chicago, Asia/Shanghai or -06:00',
  PST: 'America/Los_Angeles or -08:00',
  IST: 'Asia/Kolkata, Asia/Jerusalem or Europe/Dublin',
  BST: 'Europe/London',
};

/** A zone of one offset, ms. */
function fixedZone(name: string, offset: number): WallZone {
  return { name, instants: (wall) => [wall - offset] };
}

export const UTC_ZONE = fixedZone('UTC', 0);

/** A zone by its offset at a UTC time. Offsets lie within a day, so neighbouring days show all there are. */
function changingZone(name: string, offsetAt: (time: number) => number): WallZone {
  return {
    name,
    instants(wall) {
      const before = wall - offsetAt(wall - 24 * HOUR);
      const after = wall - offsetAt(wall + 24 * HOUR);
      const found = before === after ? [before] : [before, after].sort((a, b) => a - b);
      return found.filter((time) => time + offsetAt(time) === wall);
    },
  };
}

/** The hours of New York's winter and summer in a broker's server time, such as +2 and +3. */
function brokerZone(name: string, winter: number, summer: number): WallZone {
  const newYork = new ZoneClock(NEW_YORK);
  return changingZone(name, (time) => (newYork.offset(time) === NEW_YORK_SUMMER ? summer : winter) * HOUR);
}

/**
 * The zone of an option's text: `Europe/Berlin`, `+02:00`, `EST-fixed`, `broker:+2/+3`.
 * @throws RangeError with what to write instead.
 */
export function wallZone(text: string): WallZone {
  const upper = text.toUpperCase();
  if (/^(?:UTC|GMT|Z)$/.test(upper)) return UTC_ZONE;
  if (upper === 'EST-FIXED') return fixedZone('EST without daylight saving (-05:00)', -5 * HOUR);
  const [, sign, hours, minutes] = OFFSET.exec(text) ?? [];
  if (sign !== undefined) {
    const ms = Number(hours) * HOUR + Number(minutes ?? '0') * MINUTE;
    if (ms > MOST_OFFSET || Number(minutes ?? '0') > 59) throw noPlace(text);
    return fixedZone(text, sign === '-' ? -ms : ms);
  }
  const [, winter, summer] = BROKER.exec(text) ?? [];
  if (winter !== undefined) {
    if ([winter, summer].some((hours) => Math.abs(Number(hours)) * HOUR > MOST_OFFSET)) throw noPlace(text);
    return brokerZone(
      `broker's server time ${winter}/${summer}, changing with New York`,
      Number(winter),
      Number(summer),
    );
  }
  const unclear = UNCLEAR[upper];
  if (unclear !== undefined) throw new RangeError(`${text} means several clocks: write ${unclear}`);
  return ianaZone(text);
}

function noPlace(text: string): RangeError {
  return new RangeError(`${text} is no offset of any place: -14:00 to +14:00`);
}

function ianaZone(name: string): WallZone {
  try {
    const clock = new ZoneClock(name);
    return changingZone(name, (time) => clock.offset(time));
  } catch (error) {
    const forms = 'an IANA zone such as Europe/Berlin, an offset such as +02:00, EST-fixed, or broker:+2/+3';
    throw new RangeError(`"${name}" is no time zone: ${forms}`, { cause: error });
  }
}
