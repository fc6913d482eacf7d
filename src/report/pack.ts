// Owns long columns of numbers as compact text: whole multiples of a unit, little-endian, in base64.

/** `base64` holds integers of 16 or 32 bits in units of `unit`, or doubles when `bits` is 64. */
export interface PackedColumn {
  readonly unit: number;
  readonly count: number;
  readonly bits: 16 | 32 | 64;
  readonly base64: string;
}

/** The integers that stand for null, which no real value reaches. */
const ABSENT_16 = -32_768;
const ABSENT_32 = -2_147_483_648;

/**
 * Packs values as whole multiples of `unit` in the fewest bits that hold them all, or as plain doubles
 * (64 bits, null as NaN) when 32 do not. What is finer than the unit is rounded to it.
 */
export function pack(values: readonly (number | null)[], unit: number): PackedColumn {
  const count = values.length;
  const wholes = values.map((value) => (value === null ? null : Math.round(value / unit)));
  const largest = wholes.reduce<number>((most, whole) => Math.max(most, Math.abs(whole ?? 0)), 0);
  if (largest < -ABSENT_16) {
    const bytes = Buffer.alloc(count * 2);
    for (const [index, whole] of wholes.entries()) bytes.writeInt16LE(whole ?? ABSENT_16, index * 2);
    return { unit, count, bits: 16, base64: bytes.toString('base64') };
  }
  if (largest < -ABSENT_32) {
    const bytes = Buffer.alloc(count * 4);
    for (const [index, whole] of wholes.entries()) bytes.writeInt32LE(whole ?? ABSENT_32, index * 4);
    return { unit, count, bits: 32, base64: bytes.toString('base64') };
  }
  const bytes = Buffer.alloc(count * 8);
  for (const [index, value] of values.entries()) bytes.writeDoubleLE(value ?? Number.NaN, index * 8);
  return { unit: 1, count, bits: 64, base64: bytes.toString('base64') };
}
