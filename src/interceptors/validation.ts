// Owns refusing requests that break the rules of the protos, and noting which of their items do.
import { invalidFields, MAX_VIOLATIONS } from '../errors/errors.js';
import { placed, refusedItems, refuseItem } from '../errors/refused-items.js';
import type { ItemList, Validator } from '../validation/validator.js';
import type { Interceptor } from './call.js';

export function validation(validator: Validator): Interceptor {
  return {
    name: 'validation',
    aroundRequest: (method, next) => {
      const check = validator.forMethod(method.path);
      const lists = validator.listsOf(method.path);
      return (call, bytes) => {
        const request = next(call, bytes);
        const violations = check(request);
        if (violations.length > 0) throw invalidFields(violations);
        if (lists.length === 0 || !isObject(request)) return request;
        for (const list of lists) judge(list, request, bytes);
        // A stream goes on whatever one of its requests is.
        if (!method.streaming) refuseEmptied(lists, request);
        return request;
      };
    },
  };
}

/** Notes the items of a list that break rules, and those that were none before they were bytes. */
function judge({ name, of, check }: ItemList, request: object, bytes: Buffer): void {
  for (const [index, why] of refusedItems(bytes, name)) refuseItem(request, name, index, why);
  for (const [index, item] of of(request).entries()) {
    const [why] = check(item);
    if (why === undefined) continue;
    refuseItem(request, name, index, why);
    if (isObject(item)) leaveOutDates(item);
  }
}

/** Leaves out the dates of a refused item that are none: a request is written once more to be recognised. */
function leaveOutDates(message: object): void {
  for (const [key, value] of Object.entries(message)) {
    if (!isObject(value)) continue;
    if (value instanceof Date && Number.isNaN(value.getTime())) Reflect.set(message, key, undefined);
    else leaveOutDates(value);
  }
}

/**
 * Throws INVALID_FIELD when a request has items and each of them is refused, where nothing would come of it: a snapshot whose
 * only position cannot be read still says that there is one.
 */
function refuseEmptied(lists: readonly ItemList[], request: object): void {
  if (lists.some(({ mayBeEmptied }) => mayBeEmptied)) return;
  let left = 0;
  const violations = lists.flatMap((list) => {
    const refused = refusedItems(request, list.name);
    left += list.of(request).length - refused.size;
    return [...refused].map(([index, why]) => placed(list.name, index, why));
  });
  if (left === 0 && violations.length > 0) throw invalidFields(violations.slice(0, MAX_VIOLATIONS));
}

function isObject(request: unknown): request is object {
  return typeof request === 'object' && request !== null;
}
