// Owns the table of feature flags: what is off and for whom, and switching one off or on for everybody. What is set for an
// account or a symbol is told, and taken back here too.
import type {
  ClearFeatureFlagResponse,
  ListFeatureFlagsResponse,
  SetFeatureFlagResponse,
} from '../../../../gen/ts/dtms/v1/feature_flag.js';
import type { AppContext } from '../app-context.js';
import { path, requestId } from '../data/api.js';
import type { FlagJson } from '../data/json.js';
import { button, h } from '../ui/dom.js';
import { listTable } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import { carryOut } from './actions-page.js';
import type { PanelContent } from './polled-panel.js';

const HEADS = [
  ['Flag', ''],
  ['For everybody', ''],
  ['Set by people', ''],
  ['', ''],
] as const;

const EVERYBODYS = { 'data-needs': 'admin everyone' } as const;

export async function askForFlags(
  context: AppContext,
  signal: AbortSignal,
  again: () => void,
): Promise<PanelContent> {
  const { flags } = await context.api.get<ListFeatureFlagsResponse>('/v1/dtms/flags', {}, { signal });
  return { made: [JSON.stringify(flags)], make: () => flagsTable(flags, context, again) };
}

function flagsTable(flags: readonly FlagJson[], context: AppContext, done: () => void): HTMLElement {
  const rows = flags.map((flag) => rowOf(flag, context, done));
  return listTable(HEADS, rows);
}

function rowOf(flag: FlagJson, context: AppContext, done: () => void): HTMLTableRowElement {
  const { flag: name, state, decision, means, settings } = flag;
  const isOn = state === 'FLAG_STATE_ON';
  const isMixed = isOn && settings.some((setting) => setting.state !== state);
  const [tone, text] = isMixed ? ['warn', 'on, not for all'] : isOn ? ['good', 'on'] : ['bad', 'off'];
  const because = decision?.note === '' ? decision.reason : decision?.note;
  const set = settings.map((setting) => settingText(setting, context.preferences)).join('; ');
  const buttons = h(
    'div',
    { class: 'buttons row' },
    switchButton(flag, isOn ? 'off' : 'on', context, done),
    settings.length === 0 ? undefined : clearButton(flag, context, done),
  );
  return h(
    'tr',
    { 'data-flag': name },
    h('th', { scope: 'row' }, name, h('small', { class: 'means' }, means)),
    h('td', { title: because }, h('span', { class: `dot ${tone}` }, text)),
    h('td', { class: 'setting' }, set),
    h('td', {}, buttons),
  );
}

/** Such as: off for demo until 10:00, ann: maintenance. */
function settingText(setting: FlagJson['settings'][number], preferences: Preferences): string {
  const { state, account, symbol, percent, by, reason, endsAt } = setting;
  const share = percent === 100 ? '' : `${percent}% of accounts`;
  const whom = [account, symbol, share].filter((part) => part !== '').join(' ') || 'everybody';
  const until = endsAt === undefined ? '' : ` until ${preferences.time(endsAt, 'date')}`;
  return `${state === 'FLAG_STATE_ON' ? 'on' : 'off'} for ${whom}${until}, ${by}: ${reason}`;
}

function switchButton(
  { flag, means }: FlagJson,
  to: 'on' | 'off',
  { api }: AppContext,
  done: () => void,
): HTMLButtonElement {
  const label = `Switch ${to}`;
  const title = `${label}: ${flag}`;
  const tone = to === 'off' ? 'danger' : 'plain';
  const text = [`${means}.`, 'This is for everybody, on every server, until it is cleared.'];
  const state = to === 'off' ? 'FLAG_STATE_OFF' : 'FLAG_STATE_ON';
  const target = path`/v1/dtms/flags/${flag}:set`;
  const attributes = { class: tone === 'danger' ? 'danger' : '', 'aria-label': title, ...EVERYBODYS };
  return button(label, attributes, () => {
    void carryOut(
      { title, text, action: label, tone, reason: 'required' },
      (reason) => api.post<SetFeatureFlagResponse>(target, { state, reason, requestId: requestId() }),
      done,
    );
  });
}

function clearButton({ flag }: FlagJson, { api }: AppContext, done: () => void): HTMLButtonElement {
  const title = `Clear: ${flag}`;
  const text = ['All that people set of this flag is taken back; its definition counts again.'];
  const target = path`/v1/dtms/flags/${flag}:clear`;
  return button('Clear', { 'aria-label': title, ...EVERYBODYS }, () => {
    void carryOut(
      { title, text, action: 'Clear', tone: 'plain', reason: 'required' },
      (reason) => api.post<ClearFeatureFlagResponse>(target, { reason, requestId: requestId() }),
      done,
    );
  });
}
