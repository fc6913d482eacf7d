// Owns the page of what needs a person now: each alarm with what to do, and the action that resolves it beside it.
import type {
  SetAccountModeResponse,
  SetTradingStateResponse,
} from '../../../../gen/ts/dtms/v1/account_service.js';
import { tradeOfAction } from '../../../domain/trade/action-id.js';
import type { AppContext, Page } from '../app-context.js';
import { alarmName } from '../data/alarms.js';
import { path, requestId } from '../data/api.js';
import type { AlarmJson } from '../data/json.js';
import { href } from '../router.js';
import { button, h, setClass, setText } from '../ui/dom.js';
import { integer, words } from '../ui/format.js';
import { actionButtons, carryOut } from './actions-page.js';

export const alarmsPage: Page = (element, _params, context) => {
  const { alarms } = context;
  const list = h('ul', { class: 'alarm-list' });
  const none = h('p', { class: 'empty' }, 'Nothing needs you now.');
  const problem = h('p', { class: 'banner', role: 'status', hidden: true });
  const more = h('p', { class: 'soft' });
  /** By what it is about: it stays where it is, under whose hands or eyes it may be, and only its words change. */
  let shown = new Map<string, AlarmItem>();
  const show = () => {
    const before = shown;
    shown = new Map(
      alarms.list.map((alarm) => {
        const name = alarmName(alarm);
        const item = before.get(name) ?? itemOf(alarm, context);
        item.show(alarm);
        return [name, item];
      }),
    );
    const items = Array.from(shown.values(), ({ element }) => element);
    if (items.length !== list.children.length || items.some((item, at) => item !== list.children[at]))
      list.replaceChildren(...items);
    none.hidden = shown.size > 0 || alarms.problem !== undefined;
    problem.hidden = alarms.problem === undefined;
    setText(problem, `Nothing is known now, and what is listed is old: ${alarms.problem ?? ''}`);
    const left = alarms.total - alarms.list.length;
    more.hidden = left <= 0;
    setText(more, `And ${integer(left)} more.`);
  };
  element.append(h('h1', {}, 'Alarms'), telling(context), problem, none, list, more);
  const stop = alarms.onChange(show);
  show();
  return stop;
};

/** Whether the reader is told of new ones elsewhere than on the page. */
function telling({ preferences }: AppContext): HTMLElement {
  const notify = h('input', { type: 'checkbox', name: 'notify' });
  notify.checked = preferences.notifies;
  notify.addEventListener('change', () => {
    void preferences.chooseNotifications(notify.checked ? 'on' : 'off').then((now) => {
      notify.checked = now === 'on';
    });
  });
  const sound = h('input', { type: 'checkbox', name: 'sound' });
  sound.checked = preferences.sounds;
  sound.addEventListener('change', () => preferences.chooseSound(sound.checked ? 'on' : 'off'));
  return h(
    'fieldset',
    { class: 'telling' },
    h('legend', {}, 'When an urgent alarm begins'),
    h('label', {}, notify, ' show a notification'),
    h('label', {}, sound, ' make a sound'),
  );
}

/** An alarm's card: its words are written where they differ, and the rest stays. */
interface AlarmItem {
  readonly element: HTMLElement;
  show(alarm: AlarmJson): void;
}

function itemOf(alarm: AlarmJson, context: AppContext): AlarmItem {
  const badge = h('span');
  const count = h('span', { class: 'count' });
  const text = h('p');
  const advice = h('p', { class: 'soft' });
  const command = h('code');
  const kind = words(alarm.kind, 'ALARM_KIND_');
  const element = h(
    'li',
    { 'data-kind': kind },
    h('div', { class: 'alarm-head' }, badge, h('h2', {}, kind), count),
    text,
    advice,
    h('div', { class: 'buttons start' }, ...resolving(alarm, context), ...placeOf(alarm)),
    h('p', { class: 'soft command' }, 'Or: ', command),
  );
  const show = (now: AlarmJson): void => {
    const tone = now.urgency === 'ALARM_URGENCY_NOW' ? 'bad' : 'warn';
    const since = now.since === undefined ? '' : context.preferences.time(now.since, 'date', now.account);
    setClass(element, `panel alarm ${tone}`);
    setClass(badge, `badge ${tone}`);
    setText(badge, tone === 'bad' ? 'Now' : 'Today');
    setText(count, Number(now.count) > 1 ? integer(now.count) : '');
    setText(text, sentence(now.text));
    setText(advice, since === '' ? now.advice : `${now.advice} Since ${since}.`);
    setText(command, now.command);
  };
  return { element, show };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The page where it is seen in full. */
function placeOf({ kind, account, ticket }: AlarmJson): readonly HTMLElement[] {
  if (account === '') return [h('a', { href: href('system') }, 'System')];
  if (ticket !== '0')
    return [h('a', { href: href('trades', account, ticket) }, `Trade ${account} ${ticket}`)];
  const onActions = kind === 'ALARM_KIND_ACTIONS_HELD' || kind === 'ALARM_KIND_DEAD_LETTERS';
  return onActions
    ? [h('a', { href: href('actions') }, 'Decide on the actions')]
    : [h('a', { href: href('accounts') }, `Account ${account}`)];
}

/** What can be done about it here. */
function resolving(alarm: AlarmJson, context: AppContext): readonly HTMLElement[] {
  const { kind, account, ticket, actionId } = alarm;
  const done = () => context.alarms.soon();
  if (kind === 'ALARM_KIND_ACTION_IN_DOUBT' || kind === 'ALARM_KIND_ACTION_IN_DOUBT_OVERDUE') {
    const type = tradeOfAction(actionId) === null ? '' : (actionId.split(':').at(-1) ?? '');
    return actionButtons(
      { account, ticket, actionId, type, status: 'ACTION_STATUS_IN_DOUBT' },
      context,
      done,
    );
  }
  if (kind === 'ALARM_KIND_RAIL_TRIPPED' || kind === 'ALARM_KIND_HALTED')
    return [activate(account, context, done)];
  if (kind === 'ALARM_KIND_OBSERVING' && account !== '')
    return [modeButton('enforce', account, context, done)];
  return [];
}

function activate(account: string, { api }: AppContext, done: () => void): HTMLElement {
  const label = `Activate ${account}`;
  const says = 'DTMS may act without restriction. This lifts what a person set and resets the tripped rails.';
  const question = { title: label, text: [says], action: label, tone: 'plain', reason: 'required' } as const;
  const state = 'TRADING_STATE_ACTIVE';
  const target = path`/v1/dtms/accounts/${account}:setTradingState`;
  return button(label, { 'data-needs': 'admin' }, () => {
    void carryOut(
      question,
      (reason) => api.post<SetTradingStateResponse>(target, { state, reason, requestId: requestId() }),
      done,
    );
  });
}

/** Lets DTMS act in an account, or only observe it. */
export function modeButton(
  mode: 'enforce' | 'observe',
  account: string,
  { api }: AppContext,
  done: () => void,
): HTMLButtonElement {
  const label = mode === 'enforce' ? 'Let DTMS act' : 'Only observe';
  const says =
    mode === 'enforce'
      ? 'From now on DTMS sends orders for the trades of this account: it tightens stops, closes and hedges.'
      : 'DTMS goes on to decide and record, and sends nothing: nobody defends the trades. What it had decided and no bridge began expires.';
  const tone = mode === 'enforce' ? ('plain' as const) : ('danger' as const);
  const title = `${label}: account ${account}`;
  const target = path`/v1/dtms/accounts/${account}:setMode`;
  const body = { mode: mode === 'enforce' ? 'ACCOUNT_MODE_ENFORCE' : 'ACCOUNT_MODE_OBSERVE' };
  const attributes = { class: tone === 'danger' ? 'danger' : '', 'aria-label': title, 'data-needs': 'admin' };
  return button(label, attributes, () => {
    void carryOut(
      { title, text: [says], action: label, tone, reason: 'required' },
      (reason) => api.post<SetAccountModeResponse>(target, { ...body, reason, requestId: requestId() }),
      done,
    );
  });
}
