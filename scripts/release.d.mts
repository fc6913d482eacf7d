// The types of release.mjs, for its test.

/** What is wrong with the versions of a tree, and the notes of the release that it is. */
export function releaseOf(
  read: (path: string) => string,
  tag?: string,
): { readonly problems: readonly string[]; readonly notes: string };
