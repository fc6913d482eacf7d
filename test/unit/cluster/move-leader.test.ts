// What is told of a lead that was handed over and that no other server took.
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { type MovingParts, moveLeader } from '../../../src/commands/move-leader.js';
import type { KnownServer, ServerRole } from '../../../src/store/servers.js';

function serverOf(serverId: string, role: ServerRole, evaluatorEpoch: number): KnownServer {
  const standing = {
    version: '1',
    grpcAddress: '',
    peerAddress: '',
    lagRevisions: 0,
    lagMs: 0,
    hasState: true,
  };
  return { ...standing, serverId, role, evaluatorEpoch, startedAt: 0, seenAt: 0, silentMs: 0 };
}

test('the server that had to lead again says so at once, and not what it told before it handed over', async () => {
  const other = serverOf('other', 'STANDBY', 0);
  // Its last report may still be there for a moment, and then nobody leads.
  const reports: KnownServer[] = [serverOf('self', 'LEADER', 7), serverOf('self', 'STANDBY', 0)];
  let handedOver = 0;
  const parts: MovingParts = {
    serverId: 'self',
    authority: {
      requireTerm: () => ({ evaluatorEpoch: 7 }),
      handOver: () => {
        handedOver += 1;
        return Promise.resolve();
      },
    },
    servers: {
      list: () => {
        const self = (handedOver === 0 ? undefined : reports.shift()) ?? serverOf('self', 'LEADER', 8);
        return Promise.resolve({ secretSerial: 1, logEpoch: 'x', servers: [self, other] });
      },
      favour: () => Promise.resolve(),
    },
    audits: { add: () => Promise.resolve() },
  };
  const issuer = { principal: { id: 'k', name: 'k' }, method: 'm' };
  const moved = moveLeader(parts, { serverId: 'other', by: 'ann' }, issuer);
  await expect(moved).rejects.toMatchObject({ reason: ErrorReason.NO_SUCCESSOR });
  expect(handedOver).toBe(1);
  expect(reports).toEqual([]);
});
