// Owns numbers as text: whether a comma is the decimal mark or parts thousands is decided once for a file,
// from all of it.

/** The decimal mark; the other one parts thousands, where it stands in threes. */
export const DECIMAL_MARKS = { point: '.', comma: ',' } as const;
export type Decimal = keyof typeof DECIMAL_MARKS;

/** Blanks of any width and apostrophes part thousands whatever the decimal mark is. */
const NEUTRAL_GROUPS = /(\d)[\s\u00a0\u2009\u202f'\u2019](?=\d{3}(?:\D|$))/g;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
/** Thousands in threes, or after the last three in twos as in India. */
const GROUPED = /^[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})(?:\.\d*)?$/;
const SCALED = /^([-+]?[\d.,]+)\s?([kmb])$/i;
const SCALES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9 };

/** The number a text is, or null. */
export function parseNumber(text: string, decimal: Decimal): number | null {
  let plain = text.trim();
  if (decimal === 'point' && NUMBER.test(plain)) return finite(Number(plain));
  plain = plain.replace(NEUTRAL_GROUPS, '$1');
  if (decimal === 'comma') plain = plain.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : ','));
  if (GROUPED.test(plain)) plain = plain.replaceAll(',', '');
  return NUMBER.test(plain) ? finite(Number(plain)) : null;
}

/** The same, and `1.2K`, `3.45M`: how some sources write volumes. */
export function parseCount(text: string, decimal: Decimal): number | null {
  const [, digits, scale] = SCALED.exec(text.trim()) ?? [];
  if (digits === undefined || scale === undefined) return parseNumber(text, decimal);
  const value = parseNumber(digits, decimal);
  return value === null ? null : value * (SCALES[scale.toLowerCase()] ?? 1);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Digits after the decimal mark. */
export function decimalsOf(text: string, decimal: Decimal): number {
  const mark = text.lastIndexOf(DECIMAL_MARKS[decimal]);
  return mark < 0 ? 0 : text.length - mark - 1;
}

/** What one text shows. `1,234` may be a thousand or one and a bit: it shows only which mark it has. */
type Evidence = 'point' | 'comma' | 'unclear point' | 'unclear comma' | 'nothing';

function evidenceOf(cell: string): Evidence {
  const text = cell.trim().replace(/^[-+]/, '');
  const point = text.lastIndexOf('.');
  const comma = text.lastIndexOf(',');
  if ((point < 0 && comma < 0) || !/^[\d.,\s\u00a0\u2009\u202f'\u2019]+$/.test(text)) return 'nothing';
  if (point >= 0 && comma >= 0) return point > comma ? 'point' : 'comma';
  const mark = Math.max(point, comma);
  // A mark that comes twice parts thousands, so the other one is the decimal mark.
  if (text.indexOf(text[mark] ?? '') !== mark) return point >= 0 ? 'comma' : 'point';
  const isThree = text.length - mark - 1 === 3 && mark >= 1 && mark <= 3 && !text.startsWith('0');
  if (point >= 0) return isThree ? 'unclear point' : 'point';
  return isThree ? 'unclear comma' : 'comma';
}

/** The decimal mark of a file and what shows it, or why it cannot be told. */
export type DecimalProof =
  | { readonly decimal: Decimal; readonly proof: string }
  | { readonly decimal: null; readonly reason: string };

/** Cells that speak against the others, at most so many, are bad cells. */
const ODD_CELLS = 0.05;
/** Neighbouring prices this far apart are not prices of one market. */
const JUMP = 50;

/**
 * Tells the decimal mark from the prices of a file, in their order, and where they show none from its other
 * numbers. Marks that all may be either are told by who writes the file, by their neighbours, or not at all.
 *
 * @param usual - the mark that such files are written with; null where that is not known
 */
export function decimalOf(
  prices: readonly string[],
  others: readonly string[],
  usual: Decimal | null,
): DecimalProof {
  const seen = count(prices);
  const { 'unclear point': unclearPoint, 'unclear comma': unclearComma } = seen;
  const { point, comma } = seen.point + seen.comma > 0 ? seen : count(others);
  if (Math.min(point, comma) > (point + comma) * ODD_CELLS) {
    return { decimal: null, reason: 'some numbers have a decimal comma and some a decimal point' };
  }
  if (point > comma) return { decimal: 'point', proof: 'shown by the numbers' };
  if (comma > point) return { decimal: 'comma', proof: 'shown by the numbers' };
  if (unclearPoint + unclearComma === 0) return { decimal: 'point', proof: 'whole numbers' };
  const isPoints = unclearComma <= (unclearPoint + unclearComma) * ODD_CELLS;
  if (usual === (isPoints ? 'point' : 'comma')) return { decimal: usual, proof: 'as such files are written' };
  const smooth = (['point', 'comma'] as const).filter((decimal) => isSmooth(prices, decimal));
  const [only] = smooth;
  if (smooth.length === 1 && only !== undefined) {
    return { decimal: only, proof: 'shown by neighbouring numbers' };
  }
  const unclear = isPoints ? 'unclear point' : 'unclear comma';
  const example = prices.find((cell) => evidenceOf(cell) === unclear)?.trim() ?? '';
  const [whole, part] = [example.replace(/[.,]/, ''), example.replace(',', '.')];
  return { decimal: null, reason: `"${example}" may be ${whole} or ${part}` };
}

function count(cells: readonly string[]): Record<Evidence, number> {
  const seen = { point: 0, comma: 0, 'unclear point': 0, 'unclear comma': 0, nothing: 0 };
  for (const cell of cells) seen[evidenceOf(cell)] += 1;
  return seen;
}

/** Whether neighbouring numbers are of one size. */
function isSmooth(cells: readonly string[], decimal: Decimal): boolean {
  let last: number | null = null;
  for (const cell of cells) {
    const value = parseNumber(cell, decimal);
    if (value === null || value <= 0) continue;
    if (last !== null && Math.max(value / last, last / value) > JUMP) return false;
    last = value;
  }
  return true;
}
