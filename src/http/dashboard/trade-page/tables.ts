// Owns the tables of a trade's page: its actions from plan to report, what was left out, and its events.
import type { TradeEventJson } from '../data/json.js';
import { h } from '../ui/dom.js';
import { delay, lots, UNKNOWN, words } from '../ui/format.js';
import type { Preferences } from '../ui/preferences.js';
import { answerText, codeMeaning } from '../ui/return-code.js';
import { stateBadge } from '../ui/state-badge.js';
import { eventLine } from './event-text.js';
import { waitText } from './holding-back.js';
import { type ActionStory, EVIDENCE, type LeftOut, PENDING } from './story.js';

/** How the page's numbers and times read. */
export interface PageFormat {
  readonly preferences: Preferences;
  readonly account: string;
  readonly price: (value: number | undefined) => string;
}

const NAMES: Readonly<Record<string, string>> = {
  ACTION_STATUS_LEASED: 'leased',
  ACTION_STATUS_EXECUTING: 'begun',
  ACTION_STATUS_DONE: 'done',
  [EVIDENCE]: 'reported late',
};

export function actionTable(stories: readonly ActionStory[], reading: PageFormat): HTMLElement {
  if (stories.length === 0) return h('p', { class: 'empty small' }, 'No actions for this trade.');
  return table(
    ['Action', 'Planned', 'Path to the broker and back', 'Answer', 'Status'],
    [...stories].reverse().map((story) => actionRow(story, stories, reading)),
  );
}

function actionRow(
  { action, whole, steps, withdrawn }: ActionStory,
  all: readonly ActionStory[],
  { preferences, account, price }: PageFormat,
): HTMLElement {
  const asked = [
    action.volume === undefined ? '' : `${lots(action.volume)} lots`,
    action.stopLoss === undefined ? '' : `stop ${price(action.stopLoss)}`,
  ];
  const { result, reason, note } = action;
  const answer = [
    result === undefined ? '' : answerText(result),
    result?.price === undefined ? '' : `at ${price(result.price)}`,
    result?.volume === undefined ? '' : `${lots(result.volume)} lots`,
    reason,
  ];
  const way = steps
    .filter((step, index) => index > 0 || step.status !== PENDING)
    .map(({ status, delay: took, by }) =>
      `${NAMES[status] ?? words(status, 'ACTION_STATUS_')} ${took === undefined ? '' : `+${delay(took)} `}${by}`.trim(),
    );
  if (!whole) way.unshift('the log no longer has its plan');
  const waits = action.status === PENDING && way.length === 0;
  const others = all.map((story) => story.action);
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      words(action.type, 'ACTION_TYPE_'),
      h('span', { class: 'soft detail' }, text(asked)),
    ),
    h('td', { title: note }, preferences.time(action.plannedAt, 'date', account)),
    h('td', { class: 'way' }, waits ? waitText(action, others) : way.join(' → ')),
    h('td', { class: 'why', title: codeMeaning(result?.code) }, text(answer)),
    h('td', {}, withdrawn ? 'withdrawn' : words(action.status, 'ACTION_STATUS_')),
  );
}

export function leftOutTable(all: readonly LeftOut[], { preferences, account }: PageFormat): HTMLElement {
  if (all.length === 0) return h('p', { class: 'empty small' }, 'Nothing was suppressed.');
  return table(
    ['When', 'Action', 'Why', ''],
    [...all]
      .reverse()
      .map(({ at, type, reason, note }) =>
        h(
          'tr',
          {},
          h('td', {}, preferences.time(at, 'date', account)),
          h('th', { scope: 'row' }, words(type, 'ACTION_TYPE_')),
          h('td', {}, words(reason, 'SUPPRESSION_REASON_')),
          h('td', { class: 'why' }, note),
        ),
      ),
  );
}

export function eventTable(
  events: readonly TradeEventJson[],
  { preferences, account, price }: PageFormat,
): HTMLElement {
  return table(
    ['When', 'State', 'What', 'Why'],
    [...events].reverse().map((event) => {
      const { what, detail } = eventLine(event, price);
      return h(
        'tr',
        {},
        h(
          'td',
          { class: 'when', title: `revision ${event.revision}` },
          preferences.time(event.occurredAt, 'full', account),
        ),
        h('td', {}, stateBadge(event.state)),
        h('th', { scope: 'row', class: 'what' }, what),
        h('td', { class: 'why wide' }, detail),
      );
    }),
  );
}

/** A table by its heads; an empty one is for what needs none. On a narrow screen "told" puts a row's cells below each other. */
export function table(
  heads: readonly string[],
  rows: readonly HTMLElement[],
  kind: 'list' | 'list told' = 'list told',
): HTMLElement {
  const cells = heads.map((head) => (head === '' ? h('td') : h('th', { scope: 'col' }, head)));
  return h('table', { class: kind }, h('thead', {}, h('tr', {}, ...cells)), h('tbody', {}, ...rows));
}

function text(parts: readonly string[]): string {
  const said = parts.filter((part) => part !== '');
  return said.length === 0 ? UNKNOWN : said.join(' · ');
}
