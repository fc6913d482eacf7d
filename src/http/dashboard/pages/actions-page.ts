// Owns the page of actions that somebody should look at: in doubt, dead or rejected, and those under way.
import type {
  ListActionsResponse,
  ReplayActionResponse,
  ResolveActionResponse,
} from '../../../../gen/ts/dtms/v1/action_service.js';
import type { AppContext, Page } from '../app-context.js';
import { path, problemText, requestId } from '../data/api.js';
import type { ListedActionJson } from '../data/json.js';
import { href } from '../router.js';
import { confirm, type Question, toast } from '../ui/dialog.js';
import { button, h } from '../ui/dom.js';
import { duration, integer, lots, words } from '../ui/format.js';
import { isBusy, polled } from './polled.js';

const EVERY_MS = 4000;
const PAGE_SIZE = 200;

interface Group {
  readonly title: string;
  readonly hint: string;
  readonly statuses: readonly string[];
  readonly none: string;
}

const GROUPS: readonly Group[] = [
  {
    title: 'In doubt',
    hint: 'The broker may or may not have done it. Never retried by itself: the next reconciliation or a person settles it.',
    statuses: ['ACTION_STATUS_IN_DOUBT'],
    none: 'Nothing is in doubt: every order that was begun has an answer.',
  },
  {
    title: 'Dead letters',
    hint: 'Refused for good, or too often. Replay puts one back to pending.',
    statuses: ['ACTION_STATUS_DEAD', 'ACTION_STATUS_REJECTED'],
    none: 'No action was refused for good.',
  },
  {
    title: 'Open',
    hint: 'Waiting for a bridge, or with one.',
    statuses: ['ACTION_STATUS_PENDING', 'ACTION_STATUS_LEASED', 'ACTION_STATUS_EXECUTING'],
    none: 'No action is open: nothing is asked of the broker right now.',
  },
];

export const actionsPage: Page = (element, _params, context) => {
  const places = GROUPS.map((group) => ({
    group,
    body: h('div', { class: 'scroll' }),
    count: h('span', { class: 'count' }),
  }));
  const poll = polled(EVERY_MS, async (signal) => {
    for (const { group, body, count } of places) {
      const { actions, nextPageToken } = await context.api.get<ListActionsResponse>(
        '/v1/dtms/actions',
        { statuses: group.statuses, pageSize: PAGE_SIZE },
        { signal },
      );
      count.textContent = nextPageToken === '' ? integer(actions.length) : `more than ${PAGE_SIZE}`;
      if (isBusy(body)) continue;
      body.replaceChildren(
        actions.length === 0
          ? h('p', { class: 'empty small' }, group.none)
          : tableOf(actions, context, poll.soon),
      );
    }
  });
  element.append(
    h('h1', {}, 'Actions'),
    poll.note,
    ...places.map(({ group, body, count }) =>
      h(
        'section',
        { class: 'panel' },
        h('div', { class: 'head' }, h('h2', {}, group.title), count),
        h('p', { class: 'soft' }, group.hint),
        body,
      ),
    ),
  );
  const stopEvents = context.live.onEvents((events) => {
    if (
      events.some(
        ({ actionChanged, stateChanged, actionPlanned }) => actionChanged ?? stateChanged ?? actionPlanned,
      )
    )
      poll.soon();
  });
  return () => {
    stopEvents();
    poll.end();
  };
};

function tableOf(actions: readonly ListedActionJson[], context: AppContext, done: () => void): HTMLElement {
  const heads = ['Trade', 'Action', 'Status', 'Planned', 'Tries', 'Why', ''].map((title) =>
    h('th', { scope: 'col' }, title === '' ? h('span', { class: 'hidden' }, 'Do') : title),
  );
  const rows = actions.map((listed) => rowOf(listed, context, done));
  return h('table', { class: 'list' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
}

function rowOf(listed: ListedActionJson, context: AppContext, done: () => void): HTMLElement {
  const { account, ticket, action } = listed;
  if (action === undefined) return h('tr');
  const { settings } = context;
  const { fleet } = context;
  const symbol = fleet.get(account, ticket)?.symbol ?? '';
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h('a', { href: href('trades', account, ticket) }, `${account} ${ticket}`),
      ` ${symbol}`,
    ),
    h('td', {}, words(action.type, 'ACTION_TYPE_'), h('span', { class: 'soft detail' }, detailOf(listed))),
    h('td', {}, h('span', { class: 'status' }, words(action.status, 'ACTION_STATUS_'))),
    h('td', {}, settings.time(action.plannedAt, 'date', account)),
    h('td', { class: 'number' }, integer(action.attempts)),
    h('td', { class: 'why' }, whyOf(listed, context)),
    h('td', { class: 'do' }, ...buttonsOf(listed, context, done)),
  );
}

function detailOf({ action }: ListedActionJson): string {
  const parts = [
    action?.volume === undefined ? '' : `${lots(action.volume)} lots`,
    action?.stopLoss === undefined ? '' : `stop ${action.stopLoss}`,
    action?.reduceOnly === true ? 'reduce only' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function whyOf({ action }: ListedActionJson, { clock }: AppContext): string {
  if (action === undefined) return '';
  const { result, reason, settleBy, lease } = action;
  const answer = result === undefined ? '' : `${result.code === 0 ? '' : `${result.code} `}${result.message}`;
  const left = settleBy === undefined ? undefined : Date.parse(settleBy) - clock.now();
  const alarm =
    left === undefined
      ? ''
      : left > 0
        ? `alarm in ${duration(left)}`
        : `unsettled for ${duration(-left)} too long`;
  const bridge = lease === undefined ? '' : `bridge ${lease.bridgeId}`;
  return [answer, reason, bridge, alarm].filter((part) => part !== '').join(' · ');
}

interface Deed {
  readonly label: string;
  readonly tone: 'plain' | 'danger';
  readonly says: readonly string[];
  act(actionId: string, reason: string): Promise<unknown>;
}

function buttonsOf(listed: ListedActionJson, context: AppContext, done: () => void): readonly HTMLElement[] {
  const { account, ticket, action } = listed;
  if (action === undefined) return [];
  const what = `${words(action.type, 'ACTION_TYPE_')} of ${account} ${ticket}`;
  return deedsOf(action.status, context).map((deed) =>
    button(
      deed.label,
      { class: deed.tone === 'danger' ? 'danger small' : 'small', 'aria-label': `${deed.label}: ${what}` },
      () => {
        const question: Question = {
          title: `${deed.label}: ${what}`,
          text: deed.says,
          action: deed.label,
          tone: deed.tone,
          reason: 'required',
        };
        void carryOut(question, (reason) => deed.act(action.actionId, reason), done);
      },
    ),
  );
}

/** Asks, does it, and tells what came of it. */
export async function carryOut(
  question: Question,
  act: (reason: string) => Promise<unknown>,
  done: () => void,
): Promise<void> {
  const answer = await confirm(question);
  if (answer === undefined) return;
  try {
    await act(answer.reason);
    toast(`Done: ${question.title}`, 'plain');
  } catch (error) {
    toast(`Not done: ${problemText(error)}`, 'problem');
  }
  done();
}

function deedsOf(status: string, { api }: AppContext): readonly Deed[] {
  const resolve = (resolution: string) => (actionId: string, reason: string) =>
    api.post<ResolveActionResponse>(path`/v1/dtms/actions/${actionId}:resolve`, {
      resolution,
      reason,
      requestId: requestId(),
    });
  if (status === 'ACTION_STATUS_IN_DOUBT')
    return [
      {
        label: 'It was done',
        tone: 'plain',
        says: [
          "You looked at the broker's terminal, and the order was executed as planned.",
          'DTMS records it as done and takes the planned stop and volume for what is true now. The next reconciliation corrects differences.',
        ],
        act: resolve('RESOLUTION_DONE'),
      },
      {
        label: 'It was not done',
        tone: 'danger',
        says: [
          "You looked at the broker's terminal, and the order was not executed.",
          'It goes back to pending, and a bridge tries it again. If it was executed after all, it is executed twice.',
        ],
        act: resolve('RESOLUTION_RETRY'),
      },
      {
        label: 'Give up',
        tone: 'danger',
        says: [
          'Whether it was done or not, DTMS is over with this action. The trade may stay without what it was to do.',
        ],
        act: resolve('RESOLUTION_GIVE_UP'),
      },
    ];
  if (status === 'ACTION_STATUS_PENDING')
    return [
      {
        label: 'Take back',
        tone: 'danger',
        says: ['No bridge has it yet. It is withdrawn: the trade stays without what it was to do.'],
        act: resolve('RESOLUTION_GIVE_UP'),
      },
    ];
  if (status !== 'ACTION_STATUS_DEAD' && status !== 'ACTION_STATUS_REJECTED') return [];
  return [
    {
      label: 'Replay',
      tone: 'plain',
      says: [
        'It goes back to pending with its tries forgotten. Whether it is still legal is checked again before a bridge gets it.',
      ],
      act: (actionId, reason) =>
        api.post<ReplayActionResponse>(path`/v1/dtms/actions/${actionId}:replay`, {
          reason,
          requestId: requestId(),
        }),
    },
  ];
}
