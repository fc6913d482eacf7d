// Owns the configuration as people see it: every setting by its path, with its value and where it comes from, and how two
// configurations differ. Secrets stay hidden.
import type { Config, ConfigReading } from './config.js';
import { leaves, type Origin } from './origins.js';
import { redacted } from './redacted.js';

export interface ShownSetting {
  /** Such as grpc.port. */
  readonly path: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Every setting, in the order of config/dtms_config.json. */
export function shownSettings({
  config,
  origins,
}: Pick<ConfigReading, 'config' | 'origins'>): ShownSetting[] {
  return leaves(redacted(config)).map(([path, value]) => ({ path, value, origin: origins.of(path) }));
}

export interface SettingChange {
  readonly path: string;
  /** Undefined where it is not set at all. */
  readonly before: unknown;
  readonly after: unknown;
}

/** The settings in which two configurations differ. A secret that differs is shown as such, not its values. */
export function differences(before: Config, after: Config): SettingChange[] {
  const [from, to] = [new Map(leaves(before)), new Map(leaves(after))];
  const [shownFrom, shownTo] = [new Map(leaves(redacted(before))), new Map(leaves(redacted(after)))];
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((path) => JSON.stringify(from.get(path)) !== JSON.stringify(to.get(path)))
    .map((path) => ({ path, before: shownFrom.get(path), after: shownTo.get(path) }));
}
