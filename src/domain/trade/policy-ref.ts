// Owns which policy a trade is defended by, as its record keeps it.

/** One version of a policy. What it says never changes. */
export interface PolicyRef {
  readonly name: string;
  /** The first is 1. */
  readonly version: number;
}

/** The documented six-state plan, by the settings: of every trade that no other policy is for. */
export const DEFAULT_POLICY: PolicyRef = { name: 'dtms', version: 1 };

export function isSamePolicy(one: PolicyRef, other: PolicyRef): boolean {
  return one.name === other.name && one.version === other.version;
}
