// Owns prices on ticks and volumes on steps, reckoned in whole numbers so that no rounding error decides.

const POWERS_OF_TEN = Array.from({ length: 13 }, (_, places) => 10 ** places);

/** The least power of ten, at most 10^12, that makes a tick or step such as 0.00001 or 0.25 whole. */
export function scaleOf(unit: number): number {
  for (const scale of POWERS_OF_TEN) {
    const scaled = unit * scale;
    const whole = Math.round(scaled);
    if (whole >= 1 && Math.abs(scaled - whole) <= 1e-9 * scaled) return scale;
  }
  return 1e12;
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

/**
 * The value of a whole number of units, as the decimal a broker would write: a quotient of two whole
 * numbers is the float nearest to it.
 */
export function unitsToValue(units: number, unit: number): number {
  const scale = scaleOf(unit);
  return (units * Math.round(unit * scale)) / scale;
}

/** The largest volume on the step that is not above `volume`. */
export function floorToStep(volume: number, step: number): number {
  return unitsToValue(Math.max(0, unitsOf(volume, step, 'down')), step);
}

/** A sum or difference of volumes without the float's tail; volumes have at most 8 decimals. */
export function volumeSum(a: number, b: number): number {
  return Math.round((a + b) * 1e8) / 1e8;
}
