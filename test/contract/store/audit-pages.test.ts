// Audits by pages, in their order and the newest first: each once, whatever else is asked and is added meanwhile.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NEWEST } from '../../../src/queries/page.js';
import { listAudits } from '../../../src/queries/records.js';
import type { Store } from '../../../src/store/store.js';
import { runs } from '../../support/properties.js';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
let store: Store;
beforeAll(async () => {
  fixture = await StoreFixture.create();
  store = await fixture.open();
});
afterAll(() => fixture.close());

const ALL = { account: null, actor: null, method: null, from: null, until: null };
const add = (account: string) =>
  store.audits.add({ actor: 'ann', actorId: '1', method: 'test', account, ticket: 0n, detail: {} });

test('both ways, with a filter and after a number', async () => {
  for (let each = 0; each < 30; each += 1) await add(each % 3 === 0 ? 'a' : 'b');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('a', 'b', null),
      fc.nat({ max: 20 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      async (account, skipped, size, newestFirst) => {
        const filter = { ...ALL, account };
        const whole = (await store.audits.list(filter, 0, 1000)).map(({ auditId }) => auditId);
        const after = whole.at(skipped) ?? 0;
        const seen: number[] = [];
        let place: number | null = newestFirst ? NEWEST : after;
        while (place !== null) {
          const range = newestFirst ? { after, before: place } : { after: place, before: null };
          const { items, next } = await listAudits(store.audits, filter, range, size);
          seen.push(...items.map(({ auditId }) => auditId));
          place = next;
          // What is done meanwhile comes at the end, or before the beginning.
          if (newestFirst) await add('c');
        }
        const expected = whole.filter((id) => id > after);
        expect(account === null ? seen.filter((id) => whole.includes(id)) : seen).toEqual(
          newestFirst ? expected.toReversed() : expected,
        );
      },
    ),
    { numRuns: runs(40) },
  );
});
