// Owns what a page reads out of the server's configuration. Pure.
import { DEFAULT_RULES, type Rules } from '../../../domain/rules.js';

export type Configuration = Readonly<Record<string, unknown>>;

/** What is under a path such as "rules.actions.mode"; undefined where there is nothing. */
export function settingAt(configuration: Configuration, path: string): unknown {
  let found: unknown = configuration;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

/** Every setting with its path; a list is one setting. */
export function settingsOf(configuration: Configuration, under = ''): readonly (readonly [string, string])[] {
  return Object.entries(configuration).flatMap(([name, value]) => {
    const place = `${under}${name}`;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? settingsOf({ ...value }, `${place}.`)
      : [[place, Array.isArray(value) ? value.join(', ') : String(value)] as const];
  });
}

/**
 * Whether a key is asked for. Where it is the server's choice (auto), the first key that is made settles it: a
 * key that was answered exists, and an answer without one says that there is none.
 */
export function keysText(mode: string, hasKey: boolean): string {
  if (mode === 'required') return 'required';
  if (mode === 'open') return 'open: no key needed';
  return hasKey ? 'required, because one exists' : 'not needed until one exists';
}

/** Whom limits count. Where it is the server's choice (auto), callers without a key on its own machine are free. */
export function limitsText(mode: string, access: string, hasKey: boolean): string {
  if (mode !== 'auto') return mode;
  if (access === 'open') return 'on, except for callers without a key on this machine';
  return access === 'required' || hasKey ? 'on' : 'off until a key is needed';
}

type StateRules = Rules['states'];

/** Scores at which rows of the state table are taken. */
export interface ScoreLevels extends Pick<StateRules, 'l1Score' | 'l2Score' | 'hedgeScore' | 'recoverScore'> {
  /** False for the defaults, which the server's may differ from. */
  readonly configured: boolean;
}

export const DEFAULT_LEVELS: ScoreLevels = levelsOf(undefined);

/** The server's levels; the defaults for whom it does not tell. */
export function levelsOf(configuration: Configuration | undefined): ScoreLevels {
  const { states } = DEFAULT_RULES;
  const of = (name: keyof StateRules): number => {
    const set = configuration === undefined ? undefined : settingAt(configuration, `rules.states.${name}`);
    return typeof set === 'number' ? set : states[name];
  };
  return {
    l1Score: of('l1Score'),
    l2Score: of('l2Score'),
    hedgeScore: of('hedgeScore'),
    recoverScore: of('recoverScore'),
    configured: configuration !== undefined && settingAt(configuration, 'rules.states') !== undefined,
  };
}
