// Owns an independent way to reckon with decimals, for tests of money: fractions of whole numbers, rounded only at the end.

export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** The exact value of a number that is written with at most 8 places. */
export function fraction(value: number): Fraction {
  const [whole = '0', part = ''] = value.toFixed(8).split('.');
  return { over: BigInt(whole + part), under: 10n ** 8n };
}

export const product = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.over,
  under: a.under * b.under,
});
export const quotient = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under,
  under: a.under * b.over,
});
export const difference = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under - b.over * a.under,
  under: a.under * b.under,
});

/** In the smallest units of a currency with so many places, a half away from zero. */
export function smallestUnits({ over, under }: Fraction, places: number): bigint {
  const sign = over < 0n === under < 0n ? 1n : -1n;
  const [top, bottom] = [over < 0n ? -over : over, under < 0n ? -under : under];
  const tenths = (top * 10n ** BigInt(places + 1)) / bottom;
  return sign * (tenths % 10n >= 5n ? tenths / 10n + 1n : tenths / 10n);
}
