// Owns decimals among floats: products and sums of what settings say with a few decimals, without the tail that floats leave of them.

/** The float nearest to the decimal it stands for, to nine places: -5.999999999999999 is -6. Never -0. */
export function decimal(value: number): number {
  return Math.round(value * 1e9) / 1e9 + 0;
}
