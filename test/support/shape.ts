// Whether JSON has the shape a fixture gives: kinds of values by name ("number|null"), exact ones after
// "= ", objects by the keys that must be there, and those that must not ("absent").

export type Shape = string | { readonly [key: string]: Shape };

/** What is wrong, one line per difference with its path; none when it fits. */
export function differences(value: unknown, shape: Shape, path = '$'): string[] {
  if (typeof shape === 'string')
    return fits(value, shape) ? [] : [`${path}: ${JSON.stringify(value)} is not ${shape}`];
  if (kindOf(value) !== 'object') return [`${path}: ${JSON.stringify(value)} is not an object`];
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).flatMap(([key, inner]) =>
    Object.hasOwn(fields, key)
      ? differences(fields[key], inner, `${path}.${key}`)
      : inner === 'absent'
        ? []
        : [`${path}.${key} is missing`],
  );
}

function fits(value: unknown, shape: string): boolean {
  if (!shape.startsWith('= ')) return shape.split('|').includes(kindOf(value));
  const exact = shape.slice(2);
  return typeof value === 'string' ? value === exact : JSON.stringify(value) === exact;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
