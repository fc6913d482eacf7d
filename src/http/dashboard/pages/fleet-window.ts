// Owns which of many rows of one height are made: those in sight, and some more on either side. Pure.

/** In pixels, and numbers of rows. */
interface Sight {
  readonly top: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
}

/** Rows beyond either end, so that a scroll finds them there. */
const SPARE = 12;
/** A place without a height yet, such as one that is not shown, has so many. */
const LEAST = 20;

/** From `first` up to, and without, `end`. */
export function windowOf({ top, height, rowHeight, count }: Sight): {
  readonly first: number;
  readonly end: number;
} {
  const rows = Math.max(LEAST, Math.ceil(height / rowHeight)) + 2 * SPARE;
  const first = Math.max(0, Math.min(count - rows, Math.floor(top / rowHeight) - SPARE));
  return { first, end: Math.min(count, first + rows) };
}
