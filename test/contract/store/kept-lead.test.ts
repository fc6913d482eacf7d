// Who takes a lead that is free: the server it was handed to, then one that has the state, then any.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { execute } from '../../support/postgres.js';
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

test('a server that would have to restore the state leaves the lead to one that has it, while that one lives', async () => {
  const cold = await fixture.open();
  const warm = await fixture.open();
  const onLost = () => undefined;
  const [address, version] = ['127.0.0.1:1', '1'];
  const standing = {
    version,
    grpcAddress: address,
    peerAddress: address,
    evaluatorEpoch: 0,
    lagRevisions: 0,
    lagMs: 0,
  };
  await warm.servers.report({ serverId: 'warm', role: 'STANDBY', hasState: true, ...standing }, 60_000);
  await warm.servers.report({ serverId: 'cold', role: 'STANDBY', hasState: false, ...standing }, 60_000);
  const asCold = () => cold.tryLead({ onLost, serverId: 'cold', hasState: () => false });
  expect(await asCold()).toBeUndefined();
  const taken = await warm.tryLead({ onLost, serverId: 'warm', hasState: () => true });
  expect(taken?.evaluatorEpoch).toBe(1);
  await taken?.release();
  // It is gone, and has said nothing for a while.
  await execute(
    fixture.database.url,
    `UPDATE servers SET seen_at = seen_at - interval '1 minute' WHERE server_id = 'warm'`,
  );
  const restored = await asCold();
  expect(restored?.evaluatorEpoch).toBe(2);
  await restored?.release();
});

test('and waits for it no longer than three seconds', async () => {
  const cold = await fixture.open();
  const standing = {
    version: '1',
    grpcAddress: '',
    peerAddress: '',
    evaluatorEpoch: 0,
    lagRevisions: 0,
    lagMs: 0,
  };
  await cold.servers.report({ serverId: 'warm', role: 'STANDBY', hasState: true, ...standing }, 60_000);
  const telling = setInterval(() => {
    cold.servers
      .report({ serverId: 'warm', role: 'STANDBY', hasState: true, ...standing }, 60_000)
      .catch(() => undefined);
  }, 500);
  try {
    const term = await cold.lead({ onLost: () => undefined, serverId: 'cold', hasState: () => false });
    expect(term.evaluatorEpoch).toBe(1);
    await term.release();
  } finally {
    clearInterval(telling);
  }
});
