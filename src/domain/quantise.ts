// Prices on ticks and volumes on steps, reckoned in whole numbers so that no rounding error decides.

/** Decimal places of a tick or step such as 0.00001 or 0.25; at most 12. */
export function decimalsOf(unit: number): number {
  for (let places = 0; places < 12; places += 1) {
    const scaled = unit * 10 ** places;
    const whole = Math.round(scaled);
    if (whole >= 1 && Math.abs(scaled - whole) <= 1e-9 * scaled) return places;
  }
  return 12;
}

/**
 * How many units a value holds. A value within a float's error of a whole number of units counts as
 * that number, whichever way it is rounded.
 */
export function unitsOf(value: number, unit: number, rounding: 'down' | 'up'): number {
  const units = value / unit;
  const nearest = Math.round(units);
  if (Math.abs(units - nearest) <= Math.max(1e-6, Math.abs(units) * 1e-12)) return nearest;
  return rounding === 'down' ? Math.floor(units) : Math.ceil(units);
}

/** The value of a whole number of units, as the shortest decimal that a broker would write. */
export function unitsToValue(units: number, unit: number): number {
  return Number((units * unit).toFixed(decimalsOf(unit)));
}

/** The largest volume on the step that is not above `volume`. */
export function floorToStep(volume: number, step: number): number {
  return unitsToValue(Math.max(0, unitsOf(volume, step, 'down')), step);
}

/** A sum or difference of volumes without the float's tail; volumes have at most 8 decimals. */
export function volumeSum(a: number, b: number): number {
  return Math.round((a + b) * 1e8) / 1e8;
}
