// Owns market times: UTC milliseconds inside, google.protobuf.Timestamp (a Date) on the wire.

export function toDate(ms: number): Date;
export function toDate(ms: number | null): Date | undefined;
export function toDate(ms: number | null): Date | undefined {
  return ms === null ? undefined : new Date(ms);
}

export function fromDate(date: Date | undefined): number | null {
  return date === undefined ? null : date.getTime();
}

/** Absent on the wire is undefined; unknown inside is null. */
export const orNull = <T>(value: T | undefined): T | null => value ?? null;
export const orAbsent = <T>(value: T | null): T | undefined => value ?? undefined;
