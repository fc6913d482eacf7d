// Owns ListAlarms: any server answers it, also while none leads, because that is an alarm itself.
import type { ListAlarmsResponse, SystemServiceDefinition } from '../../gen/ts/dtms/v1/system_service.js';
import type { Authority } from '../engine/authority.js';
import type { CallContext } from '../interceptors/call-context.js';
import type { Handlers } from '../interceptors/handlers.js';
import { type Alarm, alarm } from '../queries/alarm.js';
import { type AlarmList, inOrder, listAlarms } from '../queries/alarms.js';
import type { Sources } from '../queries/sources.js';
import type { WatchHub } from '../watch/watch.js';
import { alarmsToProto } from '../wire/alarm.js';

export interface AlarmParts {
  readonly authority: Pick<Authority, 'role' | 'term' | 'obstacle'>;
  readonly sources: Pick<Sources, 'state' | 'rules'>;
  readonly watches: Pick<WatchHub, 'standing'>;
  /** What the server that leads says; undefined where it is not reached, or this one is it. */
  leaderAlarms(call: CallContext): Promise<ListAlarmsResponse | undefined>;
}

/** Everybody's alarms are the same for so long: many who look cost as much as one. */
const SAME_MS = 250;
/** A log that was not read for longer is not there; it is looked at every second. */
const UNREAD_MS = 5_000;

export function alarmHandlers(parts: AlarmParts): Pick<Handlers<SystemServiceDefinition>, 'listAlarms'> {
  const { authority, sources } = parts;
  let known: { readonly listed: AlarmList; readonly until: number } | null = null;

  function everybodys(): AlarmList {
    const now = performance.now();
    if (known === null || now > known.until)
      known = { listed: listAlarms(sources.state(), sources.rules, null), until: now + SAME_MS };
    return known.listed;
  }

  return {
    listAlarms: async (_request, call) => {
      const { accounts } = call.principal;
      if (authority.role === 'LEADER' && authority.term?.over === null) {
        const listed =
          accounts === null ? everybodys() : listAlarms(sources.state(), sources.rules, accounts);
        return alarmsToProto(
          withOwn(listed, isUnread(parts) ? [databaseAway('its log cannot be read')] : []),
        );
      }
      known = null;
      const told = await parts.leaderAlarms(call);
      return told ?? alarmsToProto(inOrder([nobodyLeads(parts)], Date.now()));
    },
  };
}

function withOwn({ alarms, total, at }: AlarmList, own: readonly Alarm[]): AlarmList {
  return { alarms: [...own, ...alarms], total: total + own.length, at };
}

function isUnread({ watches }: AlarmParts): boolean {
  const { seen } = watches.standing;
  return seen !== null && performance.now() - seen.at > UNREAD_MS;
}

function nobodyLeads(parts: AlarmParts): Alarm {
  const { obstacle } = parts.authority;
  if (obstacle !== null || isUnread(parts)) return databaseAway('this server cannot work with it');
  const text = 'no server leads: no trade is evaluated, and no order is sent';
  return alarm('NO_LEADER', { text, command: 'dtms servers list' });
}

function databaseAway(why: string): Alarm {
  const text = `the database does not answer, ${why}: no trade is evaluated, and no order is sent`;
  return alarm('DATABASE_AWAY', { text, command: 'dtms doctor' });
}
