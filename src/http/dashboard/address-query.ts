// Owns reading what of a page's look is in its address, behind a "?": a link to it shows the same, and a reload keeps it.
// Pure.

/** What the address says after its path. */
export function addressQuery(hash: string): URLSearchParams {
  const at = hash.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : hash.slice(at + 1));
}

/** The path of an address, without what is behind the "?". */
export function addressPath(hash: string): string {
  const at = hash.indexOf('?');
  return at === -1 ? hash : hash.slice(0, at);
}
