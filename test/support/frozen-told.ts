// Owns the proof that what the journal is told never changes: it is frozen, however deep, so whoever changes it after its
// turn, when it is not encoded yet, fails.
import { vi } from 'vitest';
import { Turns } from '../../src/engine/turns.js';
import type { Told } from '../../src/store/bodies/journal.js';

/** Freezes what every turn of this process is told with, from now on. Returns how many turns there were. */
export function freezeTold(): () => number {
  const take = Turns.prototype.take;
  let turns = 0;
  const frozen = ({ args, prepared, ...told }: Told): Told => {
    turns += 1;
    return {
      ...told,
      args: deepFrozen(args),
      ...(prepared === undefined ? {} : { prepared: deepFrozen(prepared) }),
    };
  };
  vi.spyOn(Turns.prototype, 'take').mockImplementation(function (this: Turns, told, actor, act) {
    return take.call(this, typeof told === 'function' ? () => frozen(told()) : frozen(told), actor, act);
  });
  return () => turns;
}

function deepFrozen<T>(value: T): T {
  // The bytes of an array buffer cannot be frozen.
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value))
    return value;
  Object.freeze(value);
  const parts =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  for (const part of parts) deepFrozen(part);
  return value;
}
