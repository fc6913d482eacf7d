// Owns SystemService, the part about rollouts: any server reads their record.
import * as pb from '../../gen/ts/dtms/v1/rollout.js';
import type { SystemServiceDefinition } from '../../gen/ts/dtms/v1/system_service.js';
import type { Handlers } from '../interceptors/handlers.js';
import { getRollout, listRollouts, type RolloutFinding, type RolloutView } from '../queries/rollouts.js';
import type { Store } from '../store/store.js';
import { toDate } from '../wire/time.js';
import { pageSizeOf, pageToken, parsePageToken, queryFingerprint } from './page-token.js';

export function rolloutHandlers({
  rollouts,
}: Pick<Store, 'rollouts'>): Pick<Handlers<SystemServiceDefinition>, 'listRollouts' | 'getRollout'> {
  return {
    listRollouts: async (request, { method }) => {
      const fingerprint = queryFingerprint(method, '');
      const before = parsePageToken(request.pageToken, fingerprint);
      const { items, next } = await listRollouts(rollouts, before, pageSizeOf(request));
      return { rollouts: items.map(rolloutToProto), nextPageToken: pageToken(fingerprint, next) };
    },

    getRollout: async ({ rolloutId }) => {
      // No number of a rollout is so large.
      const asked = Math.min(Number(rolloutId), Number.MAX_SAFE_INTEGER);
      const { rollout, findings, timeline } = await getRollout(rollouts, asked);
      return {
        rollout: rolloutToProto(rollout),
        findings: findings.map(findingToProto),
        timeline: timeline.map((each) => ({
          ...each,
          at: new Date(each.at),
          findings: each.findings.map(findingToProto),
        })),
      };
    },
  };
}

function rolloutToProto({
  rolloutId,
  status,
  isWatched,
  since,
  startedAt,
  endedAt,
  lookedAt,
  steps,
  servers,
  ...told
}: RolloutView): pb.Rollout {
  return {
    ...told,
    rolloutId: BigInt(rolloutId),
    status: pb.RolloutStatus[status],
    watching: isWatched,
    since: new Date(since),
    startedAt: new Date(startedAt),
    endedAt: toDate(endedAt),
    lookedAt: toDate(lookedAt),
    steps: steps.map(({ watchMs, ...step }) => ({ ...step, watchMs: BigInt(watchMs) })),
    servers: [...servers],
  };
}

const VERDICTS = {
  good: pb.RolloutVerdict.GOOD,
  bad: pb.RolloutVerdict.BAD,
  unproven: pb.RolloutVerdict.UNPROVEN,
} as const;

function findingToProto({ rule, verdict, text }: RolloutFinding): pb.RolloutFinding {
  return { rule, verdict: VERDICTS[verdict], text };
}
