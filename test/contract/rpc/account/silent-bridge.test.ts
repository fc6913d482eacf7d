// A bridge that said nothing for too long, such as a replay's on a slow machine, is heard again before it goes on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorReason } from '../../../../gen/ts/dtms/v1/error_reason.js';
import { ServerLeaseClient } from '../../../../src/bridge/server-lease-client.js';
import { DtmsCallError } from '../../../../src/client/index.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { startService, type TestService } from '../../../support/app.js';
import { eventually } from '../../../support/eventually.js';

const ACCOUNT = 'quiet';
const BRIDGE = 'b1';
const REPORT = {
  ...{ connected: true, tradeAllowed: true, equity: 10_000, balance: 10_000, utcOffsetMinutes: 0 },
  operations: null,
};

let service: TestService;
beforeAll(async () => {
  service = await startService({
    rules: { ...DEFAULT_RULES, actions: { ...DEFAULT_RULES.actions, heartbeatMaximumAgeMs: 3000 } },
  });
});
afterAll(async () => {
  await service.end();
});

/** Waits until the server would refuse the bridge. */
const silent = () =>
  eventually(async () => {
    const error: unknown = await service.client.drainLeases({ account: ACCOUNT, bridgeId: BRIDGE }).then(
      () => undefined,
      (reason) => reason,
    );
    if (!(error instanceof DtmsCallError)) throw new Error('it is heard');
    expect(error.report.reason).toBe(ErrorReason.BRIDGE_NOT_READY);
  });

test('it leases and reconciles after a silence', async () => {
  const leases = new ServerLeaseClient(service.client, { account: ACCOUNT, bridgeId: BRIDGE });
  await leases.heartbeat(REPORT);
  await silent();
  await expect(leases.lease(1)).resolves.toEqual([]);
  await silent();
  const snapshot = { takenAt: Date.now(), dealsSince: 0, complete: true, positions: [], deals: [] };
  await expect(leases.reconcile(snapshot)).resolves.toEqual({ probe: [], drifts: 0, rejected: [] });
});

test('one that never reported is refused as ever', async () => {
  const leases = new ServerLeaseClient(service.client, { account: 'unheard', bridgeId: BRIDGE });
  await expect(leases.lease(1)).rejects.toMatchObject({
    report: { reason: ErrorReason.BRIDGE_NOT_READY },
  });
});
