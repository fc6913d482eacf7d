// Owns what counts as one caller among addresses.

/** How a socket for both families writes an IPv4 address. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Whom an address stands for: an IPv4 address itself, of an IPv6 address the first 64 bits, because
 * everybody who has one has that many.
 */
export function networkOf(address: string): string {
  const plain = MAPPED.exec(address)?.[1] ?? address;
  if (!plain.includes(':')) return plain;
  const [left = [], right = []] = plain.split('::').map((side) => side.split(':').filter(Boolean));
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
