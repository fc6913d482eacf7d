// Owns how a number reads with so many decimals: what rounds to zero is zero, without a sign.

export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** The same with a plus where it is above zero. */
export function signed(value: number, digits: number): string {
  const text = fixed(value, digits);
  return Number(text) > 0 ? `+${text}` : text;
}
