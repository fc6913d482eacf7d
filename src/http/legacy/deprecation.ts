// Owns the headers of a deprecated route: since when it is deprecated (RFC 9745), when it stops working (RFC
// 8594), what takes its place and where to read about it.

/** When the old routes were deprecated: with the first release that has their successors. */
export const DEPRECATED_SINCE = new Date('2026-11-22T00:00:00Z');

/** Where the deprecation is explained, on this server. */
const EXPLAINED_AT = '/docs';

/** @param successor the path that answers instead, with its variables filled in. */
export function deprecationHeaders(sunset: Date, successor: string): Readonly<Record<string, string>> {
  return {
    // A structured field's date: seconds since 1970.
    deprecation: `@${Math.floor(DEPRECATED_SINCE.getTime() / 1000)}`,
    sunset: sunset.toUTCString(),
    link: [
      `<${successor}>; rel="successor-version"`,
      `<${EXPLAINED_AT}>; rel="deprecation"; type="text/html"`,
      `<${EXPLAINED_AT}>; rel="sunset"; type="text/html"`,
    ].join(', '),
  };
}
