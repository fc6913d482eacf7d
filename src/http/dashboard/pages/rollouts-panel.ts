// Owns the panel of rollouts, to be read: how the newest stands, its steps, what its judge finds and its course; and those before.
import type { GetRolloutResponse, ListRolloutsResponse } from '../../../../gen/ts/dtms/v1/rollout.js';
import type { AppContext } from '../app-context.js';
import { path } from '../data/api.js';
import type { Json } from '../data/json.js';
import { h } from '../ui/dom.js';
import { spaced, span, words } from '../ui/format.js';
import { type ListColumn, marked, tableOf } from '../ui/list-table.js';
import type { PanelContent } from './polled-panel.js';

type CourseJson = Json<GetRolloutResponse>;
type RolloutJson = NonNullable<CourseJson['rollout']>;
type FindingJson = CourseJson['findings'][number];
type TransitionJson = CourseJson['timeline'][number];

const SHOWN = 10;
/** An active rollout whose servers nobody looked at for so long is carried out by nobody. */
const SILENT_MS = 60_000;

const TONES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  ROLLOUT_STATUS_RUNNING: 'good',
  ROLLOUT_STATUS_PAUSED: 'warn',
  ROLLOUT_STATUS_ROLLING_BACK: 'bad',
  ROLLOUT_STATUS_DONE: 'good',
  ROLLOUT_STATUS_ROLLED_BACK: 'bad',
  ROLLOUT_VERDICT_GOOD: 'good',
  ROLLOUT_VERDICT_UNPROVEN: 'warn',
  ROLLOUT_VERDICT_BAD: 'bad',
};

export async function askForRollouts(context: AppContext, signal: AbortSignal): Promise<PanelContent> {
  const { api } = context;
  const list = await api.get<ListRolloutsResponse>('/v1/dtms/rollouts', { pageSize: SHOWN }, { signal });
  const [newest] = list.rollouts;
  const course =
    newest === undefined
      ? undefined
      : await api.get<GetRolloutResponse>(path`/v1/dtms/rollouts/${newest.rolloutId}`, {}, { signal });
  const isSilent = newest !== undefined && isLeft(newest, context);
  return {
    made: [JSON.stringify([list, course]), isSilent],
    make: () => h('div', { class: 'stack' }, ...contentOf(list.rollouts, course, isSilent, context)),
  };
}

/** Whether it is active and no tool looks at its servers. */
function isLeft({ endedAt, lookedAt, startedAt }: RolloutJson, { clock }: AppContext): boolean {
  return endedAt === undefined && clock.now() - Date.parse(lookedAt ?? startedAt ?? '') > SILENT_MS;
}

function contentOf(
  all: readonly RolloutJson[],
  course: CourseJson | undefined,
  isSilent: boolean,
  context: AppContext,
): readonly HTMLElement[] {
  const { rollout, findings = [], timeline = [] } = course ?? {};
  if (rollout === undefined) return [h('p', { class: 'empty small' }, 'No rollout yet: dtms rollout start.')];
  const silent =
    'No tool carries it out: nobody judges the new version, and the weights stay as they are. Go on with: dtms rollout resume.';
  const parts = [
    isSilent ? h('p', { class: 'banner' }, silent) : undefined,
    factsOf(rollout, context),
    h('h3', {}, 'Steps'),
    stepsTable(rollout),
    ...(findings.length === 0 ? [] : [h('h3', {}, 'What the judge finds'), findingsTable(findings)]),
    h('h3', {}, 'Course'),
    timelineTable(timeline, context),
    ...(all.length < 2 ? [] : [h('h3', {}, 'Before'), listTableOf(all.slice(1), context)]),
  ];
  return parts.filter((part) => part !== undefined);
}

function factsOf(rollout: RolloutJson, { preferences }: AppContext): HTMLElement {
  const { rolloutId, status, newPercent, reason, startedAt, endedAt, lookedAt, servers } = rollout;
  const of = (isNew: boolean) =>
    servers
      .filter((server) => server.isNew === isNew)
      .map(({ name }) => name)
      .join(', ');
  const facts: readonly (readonly [string, Node | string])[] = [
    ['Rollout', rolloutId],
    ['State', statusMark(status)],
    ['Calls to the new version', `${newPercent}%`],
    ['New servers (green)', of(true)],
    ['Old servers (blue)', of(false)],
    ['Began', preferences.time(startedAt, 'date')],
    ['Ended', endedAt === undefined ? 'not yet' : preferences.time(endedAt, 'date')],
    ['Last looked at', preferences.time(lookedAt, 'full')],
    ...(reason === '' ? [] : [['Why it is rolled back', reason] as const]),
  ];
  return h(
    'dl',
    { class: 'facts wide' },
    ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

function statusMark(status: string): HTMLElement {
  return h('span', { class: `dot ${TONES[status] ?? 'warn'}` }, words(status, 'ROLLOUT_STATUS_'));
}

function stepsTable({ steps, step: at, watching, status }: RolloutJson): HTMLElement {
  const isBack = status === 'ROLLOUT_STATUS_ROLLING_BACK' || status === 'ROLLOUT_STATUS_ROLLED_BACK';
  const stands = (index: number): string => {
    if (index < at) return 'passed';
    if (index > at) return isBack ? 'not reached' : 'to come';
    if (isBack) return 'rolled back here';
    return watching ? 'watched now' : 'being done';
  };
  const columns: readonly ListColumn<readonly [number, RolloutJson['steps'][number]]>[] = [
    { title: 'Step', cell: ([index, { text }]) => `${index + 1}. ${text}` },
    {
      title: 'Watched for',
      kind: 'number',
      cell: ([, { watchMs }]) => (watchMs === '0' ? '–' : span(Number(watchMs))),
    },
    { title: 'Stands', cell: ([index]) => stands(index) },
  ];
  return tableOf(columns, [...steps.entries()]);
}

function verdictMark({ verdict }: FindingJson): HTMLElement {
  return h('span', { class: `dot ${TONES[verdict] ?? 'warn'}` }, words(verdict, 'ROLLOUT_VERDICT_'));
}

function findingsTable(findings: readonly FindingJson[]): HTMLElement {
  return tableOf<FindingJson>(
    [
      { title: 'Rule', cell: ({ rule }) => spaced(rule) },
      { title: 'Verdict', cell: verdictMark },
      { title: 'Found', kind: 'why', cell: ({ text }) => text },
    ],
    findings,
  );
}

function timelineTable(timeline: readonly TransitionJson[], { preferences }: AppContext): HTMLElement {
  return tableOf<TransitionJson>(
    [
      { title: 'When', cell: ({ at }) => preferences.time(at, 'full') },
      { title: 'Decided by', cell: ({ decider, by }) => `${decider}: ${by}` },
      { title: 'What', kind: 'why', cell: ({ what }) => what },
      {
        title: 'The judge had found',
        kind: 'why',
        cell: ({ findings }) =>
          findings
            .filter(({ verdict }) => verdict !== 'ROLLOUT_VERDICT_GOOD')
            .map(
              ({ rule, verdict, text }) => `${spaced(rule)} ${words(verdict, 'ROLLOUT_VERDICT_')}: ${text}`,
            )
            .join('; '),
      },
    ],
    [...timeline].reverse(),
  );
}

function listTableOf(all: readonly RolloutJson[], { preferences }: AppContext): HTMLElement {
  return tableOf<RolloutJson>(
    [
      { title: 'Rollout', cell: ({ rolloutId }) => rolloutId },
      {
        title: 'State',
        cell: ({ status }) => marked(TONES[status] ?? 'none', words(status, 'ROLLOUT_STATUS_')),
      },
      { title: 'Began', cell: ({ startedAt }) => preferences.time(startedAt, 'date') },
      { title: 'Ended', cell: ({ endedAt }) => preferences.time(endedAt, 'date') },
      { title: 'Why', kind: 'why', cell: ({ reason }) => reason },
    ],
    all,
  );
}
