// Owns what is wrong with single items of a request: whoever finds it (reading JSON, or the field rules) notes it
// beside the request, and the request's handler, which takes the others, asks for it here.
import type { Violation } from './errors.js';

/** By the list's name in the proto and the item's place; a field is named from the item on, such as "bar.high". */
const notes = new WeakMap<object, Map<string, Map<number, Violation>>>();

const NONE: ReadonlyMap<number, Violation> = new Map();

/** Notes why an item is refused; what was noted of it first stands. */
export function refuseItem(request: object, list: string, index: number, why: Violation): void {
  const lists = notes.get(request) ?? new Map<string, Map<number, Violation>>();
  notes.set(request, lists);
  const items = lists.get(list) ?? new Map<number, Violation>();
  lists.set(list, items);
  if (!items.has(index)) items.set(index, why);
}

/** The items of a list that are refused, by their places. */
export function refusedItems(request: object, list: string): ReadonlyMap<number, Violation> {
  return notes.get(request)?.get(list) ?? NONE;
}

/** The places where an item and its list meet, as violations of the whole request name them. */
export function placed(list: string, index: number, { field, description }: Violation): Violation {
  return { field: field === '' ? `${list}[${index}]` : `${list}[${index}].${field}`, description };
}

/** Makes something of each item in order: of those that are refused with the reason. */
export function judged<Item, Taken, Refused>(
  request: object,
  list: string,
  items: readonly Item[],
  taken: (item: Item) => Taken,
  refused: (why: Violation, item: Item) => Refused,
): (Taken | Refused)[] {
  const faults = refusedItems(request, list);
  if (faults.size === 0) return items.map((item) => taken(item));
  return items.map((item, index) => {
    const why = faults.get(index);
    return why === undefined ? taken(item) : refused(why, item);
  });
}
