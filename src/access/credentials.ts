// Owns which key a call carries.
import type { Metadata } from '@grpc/grpc-js';
import { unauthenticated } from '../errors/access.js';

const BEARER = /^bearer +(\S+)$/i;

/**
 * The key in `authorization: Bearer <key>` or `x-api-key: <key>`; undefined when there is none.
 *
 * @throws DtmsError UNAUTHENTICATED when there are two that differ, or a header that holds no key.
 */
export function keyTextOf(metadata: Metadata): string | undefined {
  const bearers = metadata.get('authorization');
  const plain = metadata.get('x-api-key');
  if (bearers.length === 0 && plain.length === 0) return undefined;
  // The usual case, by the shortest way.
  if (bearers.length === 0 && plain.length === 1) return String(plain[0]);
  const given = new Set<string>();
  for (const value of bearers) {
    const [, key] = BEARER.exec(String(value)) ?? [];
    if (key === undefined) throw unauthenticated('invalid');
    given.add(key);
  }
  for (const value of plain) given.add(String(value));
  if (given.size > 1) throw unauthenticated('ambiguous');
  return given.values().next().value;
}
