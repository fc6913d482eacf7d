// Owns links that open a page with a key: both are in the fragment, which browsers send to no server. Pure.

const LINK = /^#key=([^&]+)(?:&at=(.*))?$/;

/** A link that opens a page with a key. */
export function linkWith(key: string, base: string, hash: string): string {
  return `${base}#key=${encodeURIComponent(key)}&at=${encodeURIComponent(hash)}`;
}

/** What a fragment says of a key and of the page to open; undefined for one that is of no link. */
export function linkIn(hash: string): { readonly key: string; readonly at: string } | undefined {
  const [, key, at = ''] = LINK.exec(hash) ?? [];
  if (key === undefined) return undefined;
  try {
    const page = decodeURIComponent(at);
    return { key: decodeURIComponent(key), at: page.startsWith('#/') ? page : '#/' };
  } catch {
    // Not of our making.
    return undefined;
  }
}
