// Times as text in market data files, to UTC milliseconds. Text without an offset counts as UTC.

/** Year first: `2025-01-01T00:00:00.000Z`, `2025.01.01 00:00`, `20250101 000000`, with or without an offset. */
const YEAR_FIRST =
  /^(\d{4})([-./]?)(\d{2})\2(\d{2})(?:[T ,]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?$/i;
/** Day first, only with dots, as European sources write it: `01.02.2013 00:00:00.000`. */
const DAY_FIRST =
  /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?$/i;
const EPOCH = /^-?\d{9,19}(?:\.\d+)?$/;

/** Whole digits of an epoch number to the factor that makes milliseconds of it. */
function epochScale(digits: number): number {
  if (digits <= 11) return 1000;
  if (digits <= 14) return 1;
  if (digits <= 17) return 1e-3;
  return 1e-6;
}

function offsetMs(text: string | undefined): number {
  if (text === undefined || /^(?:Z|UTC|GMT)$/i.test(text)) return 0;
  const digits = text.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0');
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

type Fields = readonly (string | undefined)[];

function fromFields(date: Fields, clock: Fields, offset: string | undefined): number | null {
  const [year, month, day] = date.map(Number);
  const [hour, minute, second] = clock.slice(0, 3).map((part) => Number(part ?? '0'));
  if (year === undefined || month === undefined || day === undefined) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const milliseconds = Number((clock[3] ?? '0').padEnd(3, '0').slice(0, 3));
  const time = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const made = new Date(time);
  // Date.UTC rolls 31 February over into March; a file that says so is wrong.
  if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day) return null;
  return time - offsetMs(offset);
}

/**
 * UTC milliseconds of a time as market data files write it: ISO 8601 with or without an offset,
 * `YYYY.MM.DD HH:MM:SS`, `YYYYMMDD HHMMSS`, `DD.MM.YYYY HH:MM`, or an epoch in seconds, milliseconds,
 * microseconds or nanoseconds. Null for anything else; slashed dates that do not begin with the year
 * are refused because they cannot be told apart.
 */
export function parseTime(text: string): number | null {
  const trimmed = text.trim();
  // Eight digits are a date, not an epoch; YEAR_FIRST takes them.
  if (EPOCH.test(trimmed)) {
    const whole = trimmed.replace('-', '').split('.')[0] ?? '';
    return Math.round(Number(trimmed) * epochScale(whole.length));
  }
  const yearFirst = YEAR_FIRST.exec(trimmed);
  if (yearFirst !== null) {
    const [, year, , month, day, hour, minute, second, fraction, offset] = yearFirst;
    return fromFields([year, month, day], [hour, minute, second, fraction], offset);
  }
  const dayFirst = DAY_FIRST.exec(trimmed);
  if (dayFirst !== null) {
    const [, day, month, year, hour, minute, second, fraction, offset] = dayFirst;
    return fromFields([year, month, day], [hour, minute, second, fraction], offset);
  }
  return null;
}
