// Owns feature flags on the wire.
import * as pb from '../../gen/ts/dtms/v1/feature_flag.js';
import { FLAGS } from '../domain/flags/flag.js';
import type { FlagSetting, ShownFlag } from '../domain/flags/flag-book.js';
import { toDate } from './time.js';

const stateOf = (value: boolean): pb.FlagState => (value ? pb.FlagState.ON : pb.FlagState.OFF);

export function flagToProto({ evaluation, settings, definition }: ShownFlag): pb.FeatureFlag {
  const { value, ...decision } = evaluation;
  const { means, subjects } = FLAGS[decision.flag];
  return {
    flag: decision.flag,
    means,
    state: stateOf(value),
    decision,
    settings: settings.map(settingToProto),
    definition: definition === null ? '' : JSON.stringify(definition),
    subjects: [...subjects],
  };
}

function settingToProto({
  value,
  account,
  symbol,
  percent,
  by,
  reason,
  at,
  endsAt,
}: FlagSetting): pb.FlagSetting {
  return {
    ...{ account, symbol, percent, by, reason },
    state: stateOf(value),
    setAt: toDate(at),
    endsAt: toDate(endsAt),
  };
}
