// Owns where each setting's value comes from: the defaults, a profile, a file, a variable or a flag.

export interface Origin {
  readonly kind: 'default' | 'profile' | 'file' | 'variable' | 'flag';
  /** The file's path or the variable's name; empty for defaults and flags. */
  readonly name: string;
}

const DEFAULT: Origin = { kind: 'default', name: '' };

/** What is known of the settings that somebody set; all others have their defaults. */
export class Origins {
  readonly #byPath = new Map<string, Origin>();

  /** Everything in the layer comes from here now: later layers win. */
  take(layer: unknown, origin: Origin, path = ''): void {
    for (const [at] of leaves(layer, path)) this.#byPath.set(at, origin);
  }

  of(path: string): Origin {
    return this.#byPath.get(path) ?? DEFAULT;
  }
}

/** The values of a tree by their paths, such as grpc.port; a list is one value. */
export function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) =>
    inner === undefined ? [] : leaves(inner, path === '' ? name : `${path}.${name}`),
  );
}

/** The tree that has this value at this path. */
export function treeOf(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<
    string,
    unknown
  >;
}
