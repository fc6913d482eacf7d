// Owns putting configured rules over the defaults. Unknown names and wrong types are refused by their path.
import { RAIL_ACTIONS } from '../domain/account/rails.js';
import { INSTRUMENT_KINDS } from '../domain/market/symbols.js';
import { DEFAULT_RULES, type Rules } from '../domain/rules.js';
import { SIGNALS } from '../domain/signals/signal.js';
import { scoreFaults } from '../domain/trade/score-order.js';
import { nearest } from './nearest.js';
import { checkOwnership } from './ownership.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts that are one of a few. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'rules.actions.mode': ['enforce', 'observe'],
  'rules.actions.newAccounts': ['enforce', 'observe'],
  'rules.actions.partialCloseBelowMinimum': ['skip', 'close_all'],
  'rules.rails.onTrip': RAIL_ACTIONS,
};

/** Maps whose names are open, with an entry that shows their type. */
const OPEN_MAPS: Readonly<Record<string, unknown>> = {
  'rules.regime.vwapBase': 0.001,
  'rules.ownership.managers': 100,
};

/** Lists of names, of any length. */
const NAME_LISTS = new Set(['rules.feeds.recorded']);

/** Whether the names in a map of the rules are its user's own, such as accounts and symbols. */
export function isOpenMap(path: string): boolean {
  return Object.hasOwn(OPEN_MAPS, path) || Object.hasOwn(NAMED, path);
}

/** Whether a rule is a list of names, of any length. */
export function isNameList(path: string): boolean {
  return NAME_LISTS.has(path);
}

/** What a number must be, as JSON Schema says it. */
export function numberLimits(path: string): Readonly<Record<string, unknown>> {
  if (COUNTS.test(path)) return { type: 'integer', minimum: 1 };
  if (SIGNED.test(path)) return { type: 'number' };
  return SHARES.test(path)
    ? { type: 'number', exclusiveMinimum: 0, maximum: 1 }
    : { type: 'number', minimum: 0 };
}

/** What a rule of a few words may be; undefined of any other. */
export function choicesOf(path: string): readonly string[] | undefined {
  return CHOICES[path];
}

/** Maps that need not name every signal. */
const SIGNAL_MAPS = new Set(['rules.regime.multipliers.range', 'rules.regime.multipliers.highVolatility']);

/** Scores may be negative; every other number may not. */
const SIGNED = /^rules\.states\.\w+Score$/;
/** Counts of bars, periods and the like: whole and at least 1. */
const COUNTS =
  /(Period|Bars|\.ema(Fast|Slow)|\.macd\.\w+|\.period|deltaWindows|atrAverage|spreadDays|maximumOpen|maximumAttempts|stopStreak)$/;

/** Shares of a whole. */
const SHARES = /^rules\.(rails\.(dailyLoss|hourlyLoss)|breaker\.\w+Share|exposure\.correlationLeast)$/;

function checkNumber(path: string, value: unknown, problems: string[]): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) problems.push(`${path}: must be a number`);
  else if (COUNTS.test(path) && !(Number.isSafeInteger(value) && value >= 1))
    problems.push(`${path}: must be a whole number of at least 1`);
  else if (value < 0 && !SIGNED.test(path)) problems.push(`${path}: must not be negative`);
  else if (SHARES.test(path) && !(value > 0 && value <= 1))
    problems.push(`${path}: must be a share above 0 and at most 1, such as 0.02 for 2%`);
}

function mergeAccounts(path: string, given: Json, problems: string[]): Json {
  for (const [account, terms] of Object.entries(given)) {
    const at = `${path}.${account}`;
    if (!isObject(terms)) {
      problems.push(`${at}: must be an object`);
      continue;
    }
    if (terms.marginMode !== 'hedging' && terms.marginMode !== 'netting')
      problems.push(`${at}.marginMode: must be one of hedging, netting`);
    if (typeof terms.fifo !== 'boolean') problems.push(`${at}.fifo: must be true or false`);
    for (const name of Object.keys(terms))
      if (name !== 'marginMode' && name !== 'fifo') problems.push(`${at}.${name}: is not a setting`);
  }
  return given;
}

function mergeAliases(path: string, base: Json, given: Json, problems: string[]): Json {
  for (const [alias, name] of Object.entries(given))
    if (typeof name !== 'string' || name === '') problems.push(`${path}.${alias}: must be a name`);
  return { ...base, ...given };
}

function mergeInstruments(path: string, base: Json, given: Json, problems: string[]): Json {
  for (const [name, known] of Object.entries(given)) {
    const { kind, currencies } = isObject(known) ? known : {};
    if (!INSTRUMENT_KINDS.some((one) => one === kind))
      problems.push(`${path}.${name}.kind: must be one of ${INSTRUMENT_KINDS.join(', ')}`);
    if (!Array.isArray(currencies) || currencies.some((currency) => typeof currency !== 'string'))
      problems.push(`${path}.${name}.currencies: must be a list of names`);
  }
  return { ...base, ...given };
}

/** Maps whose entries are no numbers. */
const NAMED: Readonly<Record<string, typeof mergeAliases>> = {
  'rules.accounts': (path, _, given, problems) => mergeAccounts(path, given, problems),
  'rules.symbols.aliases': mergeAliases,
  'rules.symbols.instruments': mergeInstruments,
};

function mergeObject(path: string, base: Json, given: Json, problems: string[]): Json {
  const merged: Record<string, unknown> = { ...base };
  const open = OPEN_MAPS[path];
  for (const [name, value] of Object.entries(given)) {
    const at = `${path}.${name}`;
    const known = SIGNAL_MAPS.has(path)
      ? SIGNALS.some((signal) => signal === name)
      : Object.hasOwn(base, name);
    const like = Object.hasOwn(base, name) ? base[name] : open;
    if (known || open !== undefined) merged[name] = merge(at, like ?? 1, value, problems);
    else {
      const meant = nearest(name, Object.keys(base));
      problems.push(
        `${at}: is not a setting${meant === undefined ? '' : `; did you mean ${path}.${meant}?`}`,
      );
    }
  }
  return merged;
}

function merge(path: string, base: unknown, given: unknown, problems: string[]): unknown {
  const named = NAMED[path];
  if (named !== undefined && isObject(base) && isObject(given)) return named(path, base, given, problems);
  const choices = CHOICES[path];
  if (choices !== undefined) {
    if (!choices.some((choice) => choice === given))
      problems.push(`${path}: must be one of ${choices.join(', ')}`);
  } else if (typeof base === 'number') {
    checkNumber(path, given, problems);
  } else if (typeof base === 'boolean') {
    if (typeof given !== 'boolean') problems.push(`${path}: must be true or false`);
  } else if (NAME_LISTS.has(path)) {
    if (!Array.isArray(given) || given.some((name) => typeof name !== 'string' || name === ''))
      problems.push(`${path}: must be a list of names`);
  } else if (Array.isArray(base)) {
    if (!Array.isArray(given) || given.length !== base.length)
      problems.push(`${path}: must be a list of ${base.length} numbers`);
    else for (const [i, value] of given.entries()) checkNumber(`${path}[${i}]`, value, problems);
  } else if (isObject(base)) {
    if (isObject(given)) return mergeObject(path, base, given, problems);
    problems.push(`${path}: must be an object`);
  }
  return given;
}

/** What the fields together must hold, beyond each one's type. */
function checkWhole(rules: Rules, problems: string[]): void {
  const { indicators, regime, states } = rules;
  const ordered = (path: string, low: number, high: number): void => {
    if (low > high) problems.push(`${path}: ${low} must not be above ${high}`);
  };
  ordered('rules.indicators.macd: fast above slow', indicators.macd.fast, indicators.macd.slow);
  ordered('rules.regime: lowVolatility above highVolatility', regime.lowVolatility, regime.highVolatility);
  ordered('rules.regime.vwapClamp', regime.vwapClamp[0], regime.vwapClamp[1]);
  problems.push(...scoreFaults(states).map((fault) => `rules.states: ${fault}`));
  ordered('rules.actions.retryMs', ...rules.actions.retryMs);
  checkOwnership(rules.ownership, problems);
}

/**
 * The default rules with each layer put over them in turn.
 *
 * @param problems - receives what is wrong; the result is to be used only when it stays empty.
 */
export function mergeRules(layers: readonly unknown[], problems: string[]): Rules {
  const found: string[] = [];
  let merged: unknown = DEFAULT_RULES;
  for (const layer of layers) merged = merge('rules', merged, layer, found);
  // Every name and type was checked against DEFAULT_RULES, so without a problem this is Rules.
  const rules = found.length === 0 ? (merged as Rules) : DEFAULT_RULES;
  if (found.length === 0) checkWhole(rules, found);
  problems.push(...found);
  return rules;
}
