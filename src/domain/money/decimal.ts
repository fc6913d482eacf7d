// Owns exact decimal numbers, in which money is reckoned: a whole number of units of a power of ten. A double counts as its
// shortest text, so 0.1 is a tenth, as whoever wrote it meant.

export interface ExactDecimal {
  /** The value is units / 10^scale. */
  readonly units: bigint;
  readonly scale: number;
}

export const ZERO: ExactDecimal = { units: 0n, scale: 0 };

const WRITTEN = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** The exact value of a number as it is written. @throws RangeError when it is no finite number. */
export function decimal(value: number | string): ExactDecimal {
  const [, sign, whole = '', part = '', exponent = '0'] = WRITTEN.exec(String(value)) ?? [];
  if (sign === undefined) throw new RangeError(`${value} is no decimal number`);
  const digits = BigInt(`${sign}${whole}${part}`);
  const scale = part.length - Number(exponent);
  return scale >= 0 ? { units: digits, scale } : { units: digits * 10n ** BigInt(-scale), scale: 0 };
}

function scaled({ units, scale }: ExactDecimal, to: number): bigint {
  return units * 10n ** BigInt(to - scale);
}

export function plus(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: scaled(a, scale) + scaled(b, scale), scale };
}

export function negated({ units, scale }: ExactDecimal): ExactDecimal {
  return { units: -units, scale };
}

export function minus(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return plus(a, negated(b));
}

export function times(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function total(values: Iterable<ExactDecimal>): ExactDecimal {
  let sum = ZERO;
  for (const value of values) sum = plus(sum, value);
  return sum;
}

/** a / b to so many decimal places, a half away from zero, as brokers round. @throws RangeError when b is 0. */
export function divided(a: ExactDecimal, b: ExactDecimal, places: number): ExactDecimal {
  if (b.units === 0n) throw new RangeError('division by zero');
  const shift = places + b.scale - a.scale;
  const up = shift >= 0 ? 10n ** BigInt(shift) : 1n;
  const down = shift >= 0 ? 1n : 10n ** BigInt(-shift);
  return { units: halfAway(a.units * up, b.units * down), scale: places };
}

/** To so many decimal places, a half away from zero. */
export function rounded(value: ExactDecimal, places: number): ExactDecimal {
  return divided(value, { units: 1n, scale: 0 }, places);
}

function halfAway(a: bigint, b: bigint): bigint {
  const sign = a < 0n === b < 0n ? 1n : -1n;
  const [over, under] = [a < 0n ? -a : a, b < 0n ? -b : b];
  return sign * ((2n * over + under) / (2n * under));
}

/** Below 0, 0, or above it. */
export function signOf({ units }: ExactDecimal): -1 | 0 | 1 {
  if (units === 0n) return 0;
  return units < 0n ? -1 : 1;
}

/** As it is written, with all its places: "-12.50". */
export function decimalText({ units, scale }: ExactDecimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const part = scale === 0 ? '' : `.${digits.slice(-scale)}`;
  return `${units < 0n ? '-' : ''}${whole}${part}`;
}

/** The nearest double: for charts and metrics, not for sums. */
export function asNumber(value: ExactDecimal): number {
  return Number(decimalText(value));
}
