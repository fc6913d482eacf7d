// Owns what a check of stored data found: the first faults in words, and how many there are.

/** What came of a check. */
export interface IntegrityFinding {
  /** Such as trades. */
  readonly name: string;
  /** How much was looked at. */
  readonly checked: number;
  readonly faults: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 20;

/** Collects the faults of one check. */
export class FaultList {
  readonly #name: string;
  readonly #examples: string[] = [];
  #checked = 0;
  #faults = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Counts what was looked at. */
  count(checked = 1): void {
    this.#checked += checked;
  }

  add(fault: string): void {
    this.#faults += 1;
    if (this.#examples.length < MOST_EXAMPLES) this.#examples.push(fault);
  }

  /** Adds the fault where the two differ. */
  same(what: string, found: unknown, expected: unknown): void {
    if (!Object.is(found, expected)) this.add(`${what} is ${text(found)} and should be ${text(expected)}`);
  }

  get finding(): IntegrityFinding {
    return { name: this.#name, checked: this.#checked, faults: this.#faults, examples: this.#examples };
  }
}

function text(value: unknown): string {
  return value === undefined || value === null ? 'none' : String(value);
}
