// Owns the page of actions that somebody should look at: in doubt, dead or rejected, and those under way.
import type {
  ListActionsResponse,
  ReleaseHeldResponse,
  ReplayActionResponse,
  ResolveActionResponse,
} from '../../../../gen/ts/dtms/v1/action_service.js';
import { tradeOfAction } from '../../../domain/trade/action-id.js';
import type { AppContext, Page } from '../app-context.js';
import { path, problemText, requestId } from '../data/api.js';
import type { ActionsJson, ListedActionJson } from '../data/json.js';
import { href } from '../router.js';
import { confirm, type Question, toast } from '../ui/dialog.js';
import { button, h, scrolling, setText } from '../ui/dom.js';
import { duration, integer, lots, words } from '../ui/format.js';
import { answerText } from '../ui/return-code.js';
import { polled } from './polled.js';

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
    hint: 'The broker may or may not have executed it. DTMS never retries it: the next reconciliation or a person settles it.',
    statuses: ['ACTION_STATUS_IN_DOUBT'],
    none: 'Nothing is in doubt: every order has been answered.',
  },
  {
    title: 'Held',
    hint: 'DTMS decided it and does not order it without a person: too much happens at once, or the order is beyond a cap.',
    statuses: ['ACTION_STATUS_HELD'],
    none: 'Nothing is held.',
  },
  {
    title: 'Dead letters',
    hint: 'Refused for good, or too often. Replay returns one to pending.',
    statuses: ['ACTION_STATUS_DEAD', 'ACTION_STATUS_REJECTED'],
    none: 'No dead letters.',
  },
  {
    title: 'Open',
    hint: 'Waiting for a bridge, or held by one.',
    statuses: ['ACTION_STATUS_PENDING', 'ACTION_STATUS_LEASED', 'ACTION_STATUS_EXECUTING'],
    none: 'No open actions.',
  },
];

export const actionsPage: Page = (element, _params, context) => {
  const lists = GROUPS.map((group) => actionList(group, context, () => poll.soon()));
  const poll = polled(EVERY_MS, async (signal) => {
    for (const [index, { statuses }] of GROUPS.entries()) {
      const query = { statuses, pageSize: PAGE_SIZE };
      lists[index]?.show(await context.api.get<ListActionsResponse>('/v1/dtms/actions', query, { signal }));
    }
  });
  element.append(h('h1', {}, 'Actions'), poll.note, ...lists.map((list) => list.element));
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

interface ActionList {
  readonly element: HTMLElement;
  show(answer: ActionsJson): void;
}

/** A row, and what it was made from: one that says the same stays where it is, under whose hands it may be. */
interface ActionRow {
  readonly made: string;
  readonly element: HTMLElement;
  readonly why: HTMLElement;
}

const HEADS = ['Trade', 'Action', 'Status', 'Planned', 'Tries', 'Why'];

function actionList(group: Group, context: AppContext, done: () => void): ActionList {
  const count = h('span', { class: 'count' });
  const none = h('p', { class: 'empty small' }, group.none);
  const body = h('tbody');
  const heads = HEADS.map((title) =>
    h('th', { scope: 'col', class: title === 'Tries' ? 'number' : undefined }, title),
  );
  const head = h('tr', {}, ...heads, h('th', { scope: 'col' }, h('span', { class: 'hidden' }, 'Do')));
  const table = scrolling(group.title, h('table', { class: 'list told' }, h('thead', {}, head), body));
  let rows = new Map<string, ActionRow>();
  return {
    element: h(
      'section',
      { class: 'panel' },
      h('div', { class: 'head' }, h('h2', {}, group.title), count),
      h('p', { class: 'soft' }, group.hint),
      none,
      table,
    ),
    show: ({ actions, nextPageToken }) => {
      setText(count, nextPageToken === '' ? integer(actions.length) : `more than ${PAGE_SIZE}`);
      none.hidden = actions.length > 0;
      table.hidden = actions.length === 0;
      const before = rows;
      rows = new Map();
      for (const listed of actions) {
        const id = listed.action?.actionId ?? '';
        const made = JSON.stringify(listed);
        const known = before.get(id);
        const row = known?.made === made ? known : rowOf(listed, made, context, done);
        setText(row.why, whyOf(listed, context));
        rows.set(id, row);
      }
      const shown = [...rows.values()].map((row) => row.element);
      if (body.children.length !== shown.length || shown.some((row, index) => body.children[index] !== row))
        body.replaceChildren(...shown);
    },
  };
}

function rowOf(listed: ListedActionJson, made: string, context: AppContext, done: () => void): ActionRow {
  const { account, ticket, action } = listed;
  const why = h('td', { class: 'why' });
  const symbol = context.fleet.get(account, ticket)?.symbol ?? '';
  const link = h('a', { href: href('trades', account, ticket) }, `${account} ${ticket}`);
  const type = words(action?.type ?? '', 'ACTION_TYPE_');
  const element = h(
    'tr',
    {},
    h('th', { scope: 'row' }, link, ` ${symbol}`),
    h('td', {}, type, h('span', { class: 'soft detail' }, detailOf(listed))),
    h('td', {}, words(action?.status ?? '', 'ACTION_STATUS_')),
    h('td', {}, context.preferences.time(action?.plannedAt, 'date', account)),
    h('td', { class: 'number' }, integer(action?.attempts)),
    why,
    h(
      'td',
      { class: 'do' },
      ...(action === undefined ? [] : actionButtons({ account, ticket, ...action }, context, done)),
    ),
  );
  return { made, element, why };
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
  const answer = result === undefined ? '' : answerText(result);
  const left = settleBy === undefined ? undefined : Date.parse(settleBy) - clock.now();
  const alarm =
    left === undefined ? '' : left > 0 ? `alarm in ${duration(left)}` : `overdue by ${duration(-left)}`;
  const bridge = lease === undefined ? '' : `bridge ${lease.bridgeId}`;
  return [answer, reason, bridge, alarm].filter((part) => part !== '').join(' · ');
}

interface Deed {
  readonly label: string;
  readonly tone: 'plain' | 'danger';
  readonly says: readonly string[];
  act(actionId: string, reason: string): Promise<unknown>;
}

export interface ActionInQuestion {
  readonly account: string;
  readonly ticket: string;
  readonly actionId: string;
  readonly type: string;
  readonly status: string;
}

/** What a person can do about an action. */
export function actionButtons(
  { account, ticket, actionId, type, status }: ActionInQuestion,
  context: AppContext,
  done: () => void,
): readonly HTMLElement[] {
  const what = `${words(type, 'ACTION_TYPE_')} of ${account} ${ticket}`;
  return deedsOf(status, context).map((deed) =>
    button(
      deed.label,
      {
        class: deed.tone === 'danger' ? 'danger small' : 'small',
        'aria-label': `${deed.label}: ${what}`,
        'data-needs': 'admin',
      },
      () => {
        const question: Question = {
          title: `${deed.label}: ${what}`,
          text: deed.says,
          action: deed.label,
          tone: deed.tone,
          reason: 'required',
        };
        void carryOut(question, (reason) => deed.act(actionId, reason), done);
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

type Resolve = (resolution: string) => Deed['act'];

function deedsOf(status: string, { api }: AppContext): readonly Deed[] {
  const resolve = (resolution: string) => (actionId: string, reason: string) =>
    api.post<ResolveActionResponse>(path`/v1/dtms/actions/${actionId}:resolve`, {
      resolution,
      reason,
      requestId: requestId(),
    });
  if (status === 'ACTION_STATUS_IN_DOUBT') return doubtDeeds(resolve);
  if (status === 'ACTION_STATUS_HELD') return heldDeeds(api, resolve);
  if (status === 'ACTION_STATUS_PENDING')
    return [
      {
        label: 'Withdraw',
        tone: 'danger',
        says: ['No bridge has leased it yet. DTMS withdraws it, and the trade goes without it.'],
        act: resolve('RESOLUTION_GIVE_UP'),
      },
    ];
  if (status !== 'ACTION_STATUS_DEAD' && status !== 'ACTION_STATUS_REJECTED') return [];
  return [
    {
      label: 'Replay',
      tone: 'plain',
      says: [
        'It returns to pending with its attempts reset. DTMS checks again that it is legal before a bridge gets it.',
      ],
      act: (actionId, reason) =>
        api.post<ReplayActionResponse>(path`/v1/dtms/actions/${actionId}:replay`, {
          reason,
          requestId: requestId(),
        }),
    },
  ];
}

function doubtDeeds(resolve: Resolve): readonly Deed[] {
  return [
    {
      label: 'It was executed',
      tone: 'plain',
      says: [
        "You looked at the broker's terminal, and the order was executed as planned.",
        'DTMS records it as done, with the planned stop and volume. The next reconciliation corrects any difference.',
      ],
      act: resolve('RESOLUTION_DONE'),
    },
    {
      label: 'It was not executed',
      tone: 'danger',
      says: [
        "You looked at the broker's terminal, and the order was not executed.",
        'It returns to pending and a bridge executes it again. If it was executed after all, it is executed twice.',
      ],
      act: resolve('RESOLUTION_RETRY'),
    },
    {
      label: 'Give up',
      tone: 'danger',
      says: ['DTMS drops this action, executed or not. The trade may stay unprotected by it.'],
      act: resolve('RESOLUTION_GIVE_UP'),
    },
  ];
}

function heldDeeds(api: AppContext['api'], resolve: Resolve): readonly Deed[] {
  return [
    {
      label: 'Let it go on',
      tone: 'danger',
      says: [
        "You compared the market with the broker's own prices, and the decision is right.",
        'A bridge gets the order, checked again against the market.',
      ],
      act: (actionId, reason) =>
        api.post<ReleaseHeldResponse>(
          path`/v1/dtms/accounts/${tradeOfAction(actionId)?.account ?? ''}/actions:release`,
          {
            actionIds: [actionId],
            reason,
            requestId: requestId(),
          },
        ),
    },
    {
      label: 'Give up',
      tone: 'danger',
      says: ['DTMS does not order it. The trade goes without it.'],
      act: resolve('RESOLUTION_GIVE_UP'),
    },
  ];
}
