// Owns saying what is wrong with the shape of a plan that people write: where, what may be there, and of a misspelt key which was meant.
import { nearest } from './nearest.js';

export interface ShapeFault {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly message: string;
  readonly params?: unknown;
}

/** What is wrong with the shape, each with its path; of a misspelt key with the one that was meant. */
export function faultsOf(faults: readonly ShapeFault[], schema: object, before: string): string[] {
  const texts = faults.flatMap(({ instancePath, schemaPath, message, params }) => {
    // It is told once, where the keys are.
    if (schemaPath.endsWith('/additionalProperties') && !Array.isArray(extraOf(params))) return [];
    const at = pathOf(before, instancePath);
    const extra = extraOf(params);
    if (Array.isArray(extra)) {
      const known = keysAt(schema, instancePath);
      return extra.map(
        (key) => `${at === '' ? '' : `${at}.`}${key}: is no key of a plan${meant(String(key), known)}`,
      );
    }
    const allowed: unknown = Reflect.get(Object(params), 'allowedValues');
    const words = Array.isArray(allowed) ? `: one of ${allowed.join(', ')}` : '';
    return [`${at === '' ? 'the plan' : at}: ${message}${words}`];
  });
  return [...new Set(texts)];
}

function extraOf(params: unknown): unknown {
  return Reflect.get(Object(params), 'additionalProperties');
}

/** The name that was meant, as an end of a sentence; nothing where no known one is near. */
export function meant(key: string, known: readonly string[]): string {
  const found = nearest(key, known);
  return found === undefined ? '' : `; did you mean ${found}?`;
}

/** "/rules/0/quiet" as rules[0].quiet. */
function pathOf(before: string, pointer: string): string {
  const path = pointer.replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');
  return before + (before === '' ? path.replace(/^\./, '') : path);
}

/** The keys that an object of the shape may have. */
function keysAt(schema: object, pointer: string): string[] {
  let at: unknown = schema;
  for (const step of pointer.split('/').slice(1)) {
    const items: unknown = Reflect.get(Object(at), 'items');
    at = items ?? Reflect.get(Object(Reflect.get(Object(at), 'properties')), step);
  }
  return Object.keys(Object(Reflect.get(Object(at), 'properties')));
}
