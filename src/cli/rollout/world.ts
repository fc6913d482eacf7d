// Owns the world of a rollout at the command line: its proxy and its servers.
import { pause } from '../../observability/background.js';
import { HaproxyTraffic } from '../../rollout/haproxy.js';
import type { RolloutPlan } from '../../rollout/plan.js';
import type { RolloutWorld } from '../../rollout/runner.js';
import type { Where } from '../database.js';
import { leadBy, ServerLooks, setFlagsBack, shadowOf, verifyGroup } from './servers.js';

/** @param by - who carries it out, for the audit of what moves the lead */
export function worldOf(plan: RolloutPlan, database: Where, by: string, signal: AbortSignal): RolloutWorld {
  const looks = new ServerLooks();
  return {
    traffic: new HaproxyTraffic(plan.traffic),
    look: (groups) => looks.look(groups),
    lead: (group, groups) => leadBy(group, groups, by),
    verify: verifyGroup,
    setFlags: (flags, reason, groups) => setFlagsBack(flags, reason, groups, by),
    shadow: (step, groups) => shadowOf(step, groups, database),
    pause: (ms) => pause(ms, signal),
  };
}
