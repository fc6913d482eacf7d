// Numbers, times and names as the page writes them.

export const WORDS = {
  HEALTHY: 'Healthy',
  WARNING_L1: 'Warning L1',
  WARNING_L2: 'Warning L2',
  HEDGED: 'Hedged',
  RECOVERING: 'Recovering',
  CLOSED: 'Closed',
};

/** A name of the contract for people: MOVE_SL_BREAKEVEN becomes "Move SL breakeven". */
export function words(name) {
  if (WORDS[name] !== undefined) return WORDS[name];
  const text = name.toLowerCase().replaceAll('_', ' ');
  const spelled = text
    .replace(/\bsl\b/g, 'SL')
    .replace(/\bvwap\b/g, 'VWAP')
    .replace(/\bema\b/g, 'EMA');
  return spelled.charAt(0).toUpperCase() + spelled.slice(1);
}

/** With a true minus sign, and none before a zero. */
export function fixed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

export function signed(value, digits) {
  const text = fixed(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

export const inR = (value, digits = 2) => `${signed(value, digits)} R`;

export const grouped = (count) => count.toLocaleString('en-US');

const two = (number) => String(number).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Seconds since 1970 as a date in UTC. */
export function dateText(at) {
  const date = new Date(at * 1000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** The same with hours and minutes. */
export function timeText(at) {
  const date = new Date(at * 1000);
  return `${dateText(at)} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** Without the year, for lists and axes. */
export function shortTime(at) {
  const date = new Date(at * 1000);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** Seconds as "3 h 15 min". */
export function spanText(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${(hours / 24).toFixed(1)} days`;
}
