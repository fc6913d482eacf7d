// Owns content negotiation: what an Accept or Accept-Encoding header prefers of what there is.
import Negotiator from 'negotiator';

/** Parameters besides q. They do not count: whoever names a version or charset of a type takes the type. */
const PARAMETERS = /;(?!\s*q=)[^;,]*/gi;

/**
 * The media type that an Accept header prefers, the first of `types` where it prefers none; undefined when it takes none of them.
 */
export function preferredType(accept: string | undefined, types: readonly string[]): string | undefined {
  const ranges = accept?.replaceAll(PARAMETERS, '').trim();
  return new Negotiator({ headers: { accept: ranges || undefined } }).mediaType(types);
}

/** Whether an Accept-Encoding header takes gzip. */
export function takesGzip(header: string | undefined): boolean {
  return new Negotiator({ headers: { 'accept-encoding': header } }).encoding(['gzip']) === 'gzip';
}
