// Owns the count of error lines in this process's log, by their kind: the message, which is fixed, and the type of the error that is
// told with it. Whether a new version fails in ways that the one before does not is seen in it.

const counts = new Map<string, number>();
/** Kinds are few; should a message ever be made of data, the rest is one kind. */
const MOST_KINDS = 100;
const REST = 'other';

/** Counts a line with the arguments that a logger was called with. */
export function countErrorLine(args: readonly unknown[]): void {
  const [first, second] = args;
  const message = typeof first === 'string' ? first : typeof second === 'string' ? second : '';
  const error: unknown = first instanceof Error ? first : Reflect.get(Object(first), 'error');
  const kind = error instanceof Error ? `${message} (${error.name})` : message;
  const known = counts.has(kind) || counts.size < MOST_KINDS ? kind : REST;
  counts.set(known, (counts.get(known) ?? 0) + 1);
}

/** How many lines of each kind there were since the process started. */
export function errorLines(): ReadonlyMap<string, number> {
  return counts;
}
