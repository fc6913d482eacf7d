// A lead that is handed over is kept for the server it is handed to, and for nothing longer.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

test('the lead is kept for the server it is handed to, until that one has it', async () => {
  const { store, term } = await fixture.lead();
  const next = await fixture.open();
  const third = await fixture.open();
  const options = { onLost: () => undefined };
  await store.servers.secrets(0);
  await store.servers.favour('next', 3_600_000);
  await term.release();
  expect(await third.tryLead({ ...options, serverId: 'third' })).toBeUndefined();
  const taken = await next.tryLead({ ...options, serverId: 'next' });
  expect(taken?.evaluatorEpoch).toBe(term.evaluatorEpoch + 1);
  // As when it dies at once: the others need not wait for what was meant for the handing over.
  await taken?.release();
  const last = await third.tryLead({ ...options, serverId: 'third' });
  expect(last?.evaluatorEpoch).toBe(term.evaluatorEpoch + 2);
  await last?.release();
  await store.close();
});
