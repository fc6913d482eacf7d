// Owns sets of places in a numbered order, written as runs: 3-5,9.

/** Ascending runs without overlap. */
export class PlaceSet {
  readonly runs: readonly (readonly [first: number, last: number])[];

  constructor(runs: readonly (readonly [first: number, last: number])[]) {
    this.runs = runs;
  }

  has(place: number): boolean {
    let [low, high] = [0, this.runs.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.runs[middle] ?? [0, 0];
      if (place < first) high = middle - 1;
      else if (place > last) low = middle + 1;
      else return true;
    }
    return false;
  }
}

/** @throws RangeError when the text is no ascending list of runs */
export function placesIn(text: string): PlaceSet {
  const runs = text === '' ? [] : text.split(',').map(runIn);
  for (const [index, [first]] of runs.entries())
    if (index > 0 && first <= (runs[index - 1]?.[1] ?? 0)) throw new RangeError(`${text} does not ascend`);
  return new PlaceSet(runs);
}

function runIn(text: string): readonly [number, number] {
  const [, first, last = first] = /^(\d{1,16})(?:-(\d{1,16}))?$/.exec(text) ?? [];
  const run = [Number(first), Number(last)] as const;
  if (!(run[0] <= run[1])) throw new RangeError(`${text} is no run of places`);
  return run;
}
