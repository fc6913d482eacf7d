// Pages are bounded in bytes: whatever the sizes of the items and of the page that is asked for, no answer of a list is larger than
// clients take, and going on by the tokens gives every item once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallContext } from '../../../src/interceptors/call-context.js';
import { answersOf, isListRequest, MOST_PAGE_BYTES } from '../../../src/interceptors/pages.js';
import { CONTRACT } from '../../support/grpc.js';

const NOBODY = {} as CallContext;

interface Request {
  readonly pageSize: number;
  readonly pageToken: string;
}
interface Page {
  readonly items: readonly number[];
  readonly nextPageToken: string;
}

/** A list of items that have so many bytes each. */
const listOf = (sizes: readonly number[]) => (request: Request) => {
  const from = Number(request.pageToken || 0);
  const until = from + (request.pageSize || 100);
  return { items: sizes.slice(from, until), nextPageToken: until < sizes.length ? String(until) : '' };
};
const bytesOf = ({ items }: Page): number => items.reduce((sum, size) => sum + size, 0);

const MEGABYTE = 1024 * 1024;
const sizes = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 5000 }),
    fc.integer({ min: 0, max: MEGABYTE }),
    fc.constant(4 * MEGABYTE),
  ),
  { maxLength: 300 },
);

test('every item comes once and in order, and no page of more than one item is too large', async () => {
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 0, max: 1000 }),
      fc.boolean(),
      async (all, pageSize, isLate) => {
        const list = listOf(all);
        let page: Page | undefined;
        const handler = (request: unknown) => {
          const answer = list(request as Request);
          return isLate ? Promise.resolve(answer) : answer;
        };
        // What is encoded is the page that is answered: nothing is encoded after it.
        const answer = answersOf(handler, (response) => {
          page = response as Page;
          return Buffer.alloc(bytesOf(page));
        });
        const seen: number[] = [];
        let pageToken = '';
        do {
          const { length } = await answer({ pageSize, pageToken }, NOBODY);
          if (page === undefined) throw new Error('nothing was encoded');
          expect(length <= MOST_PAGE_BYTES || page.items.length === 1).toBe(true);
          expect(page.items.length > 0 || all.length === 0).toBe(true);
          seen.push(...page.items);
          pageToken = page.nextPageToken;
        } while (pageToken !== '');
        expect(seen).toEqual(all);
      },
    ),
  );
});

test('whatever has pages has one list in its answer, and its token: that is what is bounded', () => {
  const paged = [...CONTRACT.methods.values()].filter(({ desc }) =>
    [...desc.input.fields, ...desc.output.fields].some(({ name }) =>
      /^(page_size|page_token|next_page_token)$/.test(name),
    ),
  );
  expect(paged.length).toBeGreaterThan(10);
  for (const { path, desc } of paged) {
    const asked = desc.input.fields.map(({ localName }) => localName);
    const answered = desc.output.fields.map(({ localName }) => localName);
    expect([path, asked.includes('pageSize'), asked.includes('pageToken')]).toEqual([path, true, true]);
    expect([path, answered.includes('nextPageToken')]).toEqual([path, true]);
    expect([path, desc.output.fields.filter(({ fieldKind }) => fieldKind === 'list').length]).toEqual([
      path,
      1,
    ]);
    expect(isListRequest(Object.fromEntries(asked.map((name) => [name, 0])))).toBe(true);
  }
});
