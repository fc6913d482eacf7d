// Lists of large things, read through the whole service: no answer is larger than any client takes, and every thing comes once.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeedKind, ListFeedsResponse } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import { ListAuditEventsResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import { AuditTable } from '../../../../src/store/audits.js';
import { startService, type TestService } from '../../../support/app.js';

/** What gRPC clients take unless they are told otherwise. */
const TAKEN = 4 * 1024 * 1024;
const MANY = 60;

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

/** All pages of a list, by its tokens. */
async function pagesOf<Page extends { readonly nextPageToken: string }>(
  read: (pageToken: string) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let pageToken = '';
  do {
    const page = await read(pageToken);
    pages.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return pages;
}

test('audits with long details', async () => {
  const pool = new pg.Pool({ connectionString: service.databaseUrl, max: 1 });
  const audits = new AuditTable(pool);
  const told = {
    actor: 'ann',
    actorId: '',
    method: '/dtms.v1.PolicyService/UpsertPolicy',
    account: '',
    ticket: 0n,
  };
  for (let index = 0; index < MANY; index += 1)
    await audits.add({ ...told, detail: { index, policy: 'x'.repeat(200_000 * (index % 3)) } });
  await pool.end();
  const pages = await pagesOf((pageToken) =>
    service.client.listAuditEvents({ actor: 'ann', pageSize: 1000, pageToken }),
  );
  for (const page of pages) expect(ListAuditEventsResponse.encode(page).finish().length).toBeLessThan(TAKEN);
  const seen = pages.flatMap(({ events }) => events.map(({ detail }) => Number(detail?.index)));
  expect(seen).toEqual(Array.from({ length: MANY }, (_, index) => index));
  expect(pages.length).toBeGreaterThan(1);
});

test('feeds of many accounts', async () => {
  const names = Array.from({ length: 2 * MANY }, (_, index) => `feed-${String(index).padStart(3, '0')}`);
  const accounts = Array.from({ length: 1000 }, (_, index) => `account-${index}`.padEnd(64, '.x'));
  for (const feed of names) await service.client.upsertFeed({ feed, kind: FeedKind.RECORDED, accounts });
  const pages = await pagesOf((pageToken) => service.client.listFeeds({ pageSize: 1000, pageToken }));
  for (const page of pages) expect(ListFeedsResponse.encode(page).finish().length).toBeLessThan(TAKEN);
  expect(pages.flatMap(({ feeds }) => feeds.map(({ name }) => name))).toEqual(names);
  expect(pages.length).toBeGreaterThan(1);
});
