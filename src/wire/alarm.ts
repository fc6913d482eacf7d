// Owns alarms as callers see them.
import {
  AlarmKind,
  type Alarm as AlarmMessage,
  AlarmUrgency,
  type ListAlarmsResponse,
} from '../../gen/ts/dtms/v1/system_service.js';
import { toDate } from './time.js';

interface Alarm {
  readonly kind: Exclude<keyof typeof AlarmKind, 'UNSPECIFIED' | 'UNRECOGNIZED'>;
  readonly urgency: 'NOW' | 'TODAY';
  readonly alert: string;
  readonly advice: string;
  readonly account: string;
  readonly feed: string;
  readonly ticket: bigint | null;
  readonly actionId: string;
  readonly count: number;
  readonly since: number | null;
  readonly text: string;
  readonly command: string;
}

export function alarmsToProto(listed: {
  readonly alarms: readonly Alarm[];
  readonly total: number;
  readonly at: number;
}): ListAlarmsResponse {
  const { alarms, total, at } = listed;
  return { alarms: alarms.map(alarmToProto), total: BigInt(total), at: new Date(at) };
}

function alarmToProto({ kind, urgency, ticket, count, since, ...told }: Alarm): AlarmMessage {
  return {
    ...told,
    kind: AlarmKind[kind],
    urgency: AlarmUrgency[urgency],
    ticket: ticket ?? 0n,
    count: BigInt(count),
    since: toDate(since),
  };
}
