// Owns changing by which policy trades are defended: what would happen is asked of the server and said before, then it is done.
import type {
  AssignPolicyResponse,
  PreviewPolicyResponse,
  UpsertPolicyResponse,
} from '../../../../gen/ts/dtms/v1/policy_service.js';
import type { AppContext } from '../app-context.js';
import { path, problemText, requestId } from '../data/api.js';
import type { Json } from '../data/json.js';
import { PLAN, type PolicyJson } from '../data/policy.js';
import { opened, toast } from '../ui/dialog.js';
import { button, h } from '../ui/dom.js';
import { integer, words } from '../ui/format.js';
import { OBSERVES } from '../ui/policy-text.js';
import { carryOut } from './actions-page.js';

type ChangeJson = Json<PreviewPolicyResponse>['changes'][number];

/** Lines that a dialog has room for. */
const MOST_LINES = 6;

export interface AssignmentChoice {
  readonly name: string;
  readonly account: string;
  /** None for every active trade of the account that the policy is for. */
  readonly tickets: readonly string[];
}

/** Asks for a policy, an account and trades; what is fixed is not asked for. */
export async function assignByHand(
  context: AppContext,
  fixed: Partial<AssignmentChoice>,
  done: () => void,
): Promise<void> {
  const choice = await choose(context, fixed);
  if (choice !== undefined) await askToAssign(context, choice, done);
}

/** Says what giving trades a policy would do now, and does it on a word. */
async function askToAssign(context: AppContext, choice: AssignmentChoice, done: () => void): Promise<void> {
  const { api } = context;
  const { name, account, tickets } = choice;
  const base = path`/v1/dtms/accounts/${account}/policies`;
  let previewed: Json<PreviewPolicyResponse>;
  try {
    previewed = await api.post<PreviewPolicyResponse>(`${base}:preview`, { name, tickets });
  } catch (error) {
    return toast(`Not previewed: ${problemText(error)}`, 'problem');
  }
  const { changes } = previewed;
  if (changes.length === 0) return toast(`No trade would change: they have ${name} already.`, 'plain');
  const isObserving = observes(context, name);
  const count = Number(previewed.changed);
  const title = `Give ${name} to ${integer(count)} ${count === 1 ? 'trade' : 'trades'} of ${account}`;
  await carryOut(
    {
      title,
      text: [
        ...(changes.length < count ? [`Of the first ${integer(changes.length)} of them:`] : []),
        ...consequences(changes),
        ...(isObserving ? [OBSERVES] : []),
      ],
      action: 'Give it to them',
      tone: isObserving ? 'danger' : 'plain',
      reason: 'required',
    },
    (reason) =>
      api.post<AssignPolicyResponse>(`${base}:assign`, { name, tickets, reason, requestId: requestId() }),
    () => {
      context.policies.changed();
      done();
    },
  );
}

function observes({ policies }: AppContext, name: string): boolean {
  return policies.list.find(({ policy }) => policy?.name === name)?.policy?.observe ?? false;
}

/** What a preview says, a paragraph for each kind of consequence. */
export function consequences(changes: readonly ChangeJson[]): readonly string[] {
  const names = changes.map(
    ({ symbol, ticket, from, to }) =>
      `${symbol} ${ticket} (${from?.name} v${from?.version} to ${to?.name} v${to?.version})`,
  );
  const planned = changes.flatMap(({ symbol, ticket, planned }) =>
    planned.map(({ type }) => `${words(type, 'ACTION_TYPE_')} of ${symbol} ${ticket}`),
  );
  const suppressed = changes.flatMap(({ symbol, ticket, suppressed }) =>
    suppressed.map(({ type, reason }) => `${words(type, 'ACTION_TYPE_')} of ${symbol} ${ticket}: ${reason}`),
  );
  const withdrawn = changes.reduce((sum, { withdrawnActionIds }) => sum + withdrawnActionIds.length, 0);
  return [
    `These trades change: ${someOf(names)}.`,
    planned.length === 0
      ? 'By the prices of now the broker is asked for nothing at once.'
      : `By the prices of now the broker is asked at once for: ${someOf(planned)}.`,
    ...(suppressed.length === 0 ? [] : [`Wished for and not asked for: ${someOf(suppressed)}.`]),
    ...(withdrawn === 0
      ? []
      : [`${integer(withdrawn)} open ${withdrawn === 1 ? 'action is' : 'actions are'} taken back.`]),
  ];
}

function someOf(lines: readonly string[]): string {
  const more = lines.length - MOST_LINES;
  return `${lines.slice(0, MOST_LINES).join('; ')}${more > 0 ? `; and ${integer(more)} more` : ''}`;
}

function accountsOf({ fleet }: AppContext): readonly string[] {
  const open = [...fleet.all()].filter(({ state }) => state !== 'TRADE_STATE_CLOSED');
  return [...new Set(open.map(({ account }) => account))].sort();
}

function selectOf(
  values: readonly string[],
  attributes: Readonly<Record<string, string>> = {},
): HTMLSelectElement {
  return h(
    'select',
    { required: true, ...attributes },
    ...values.map((value) => h('option', { value }, value)),
  );
}

async function choose(
  context: AppContext,
  { name, account, tickets }: Partial<AssignmentChoice>,
): Promise<AssignmentChoice | undefined> {
  const names = context.policies.list.flatMap(({ policy, deleted }) =>
    deleted || policy === undefined ? [] : [policy.name],
  );
  const ofPolicy = selectOf(name === undefined ? [PLAN, ...names] : [name], { name: 'policy' });
  const ofAccount = selectOf(account === undefined ? accountsOf(context) : [account], { name: 'account' });
  const ofTickets = h('input', {
    ...{ type: 'text', name: 'tickets', autocomplete: 'off', value: tickets?.join(' ') ?? '' },
    ...{ readonly: tickets !== undefined, pattern: '[0-9 ,]*' },
  });
  const title =
    tickets === undefined
      ? `Assign ${name ?? 'a policy'}`
      : `Change the policy of ${account} ${tickets.join(', ')}`;
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'assign-title' }, title),
    h('p', {}, 'What it would do is shown before anything is done.'),
    h('label', { class: 'field' }, 'Policy', ofPolicy),
    account === undefined ? h('label', { class: 'field' }, 'Account', ofAccount) : undefined,
    tickets === undefined
      ? h('label', { class: 'field' }, 'Tickets; empty for every active trade that it is for', ofTickets)
      : undefined,
    h(
      'div',
      { class: 'buttons' },
      button('Cancel', {}, () => dialog.close('')),
      h('button', { type: 'submit', class: 'primary', value: 'next' }, 'Preview'),
    ),
  );
  const dialog = h('dialog', { 'aria-labelledby': 'assign-title' }, form);
  return opened(dialog, () =>
    dialog.returnValue === 'next'
      ? {
          name: ofPolicy.value,
          account: ofAccount.value,
          tickets: tickets ?? ofTickets.value.split(/[\s,]+/).filter((ticket) => ticket !== ''),
        }
      : undefined,
  );
}

/** What of a policy a person writes. */
type WrittenPolicy = Readonly<Record<string, unknown>>;

/** Puts a policy into force for new trades, after saying what that means and what it would make of running ones. */
export async function askToPut(
  context: AppContext,
  written: WrittenPolicy,
  before?: PolicyJson,
): Promise<void> {
  const previews = await previewOf(context, written).catch((error: unknown) => problemText(error));
  if (typeof previews === 'string') return toast(`Not previewed: ${previews}`, 'problem');
  await putPreviewed(context, written, previews, before);
}

/** Answers why it was refused, if it was: where no trade is open nothing was previewed. */
async function putPreviewed(
  context: AppContext,
  written: WrittenPolicy,
  previews: readonly string[],
  before: PolicyJson | undefined,
): Promise<string | null> {
  const { api } = context;
  let refused: string | null = null;
  const name = String(written.name ?? '');
  const isObserving = written.observe === true;
  const next = before === undefined ? 'its first version' : `version ${Number(before.version) + 1}`;
  await carryOut(
    {
      title: `Put ${name} into force`,
      text: [
        `It is for new trades as ${next}, if it says anything new. Running trades keep what they have until it is assigned to them.`,
        ...previews,
        ...(isObserving ? [OBSERVES] : []),
      ],
      action: 'Put it into force',
      tone: isObserving ? 'danger' : 'plain',
      reason: 'required',
    },
    (reason) =>
      api
        .post<UpsertPolicyResponse>('/v1/dtms/policies:upsert', {
          policy: written,
          reason,
          requestId: requestId(),
        })
        .catch((error: unknown) => {
          refused = problemText(error);
          throw error;
        }),
    () => context.policies.changed(),
  );
  return refused;
}

/** What it would make of running trades if it were assigned to them now. */
async function previewOf(context: AppContext, policy: WrittenPolicy): Promise<readonly string[]> {
  const accounts = accountsOf(context);
  const shown = accounts.slice(0, MOST_LINES);
  const answers = await Promise.all(
    shown.map(async (account) => {
      const target = path`/v1/dtms/accounts/${account}/policies:preview`;
      const { changes } = await context.api.post<PreviewPolicyResponse>(target, { policy });
      return changes.length === 0
        ? []
        : [`If it were assigned in ${account} now: ${consequences(changes).join(' ')}`];
    }),
  );
  const left = accounts.length - shown.length;
  return [...answers.flat(), ...(left > 0 ? [`${integer(left)} more accounts are not previewed.`] : [])];
}

/** Asks for the text of a policy, again where it is none: it is kept, with what is wrong. */
export async function writePolicy(
  context: AppContext,
  policy: WrittenPolicy,
  before?: PolicyJson,
): Promise<void> {
  let text = JSON.stringify(policy, null, 2);
  let problem = '';
  for (;;) {
    const given = await askForText(text, problem, before);
    if (given === undefined) return;
    text = given;
    try {
      const written = policyIn(given);
      const previews = await previewOf(context, written);
      const refused = await putPreviewed(context, written, previews, before);
      if (refused === null) return;
      problem = refused;
    } catch (error) {
      problem = problemText(error);
    }
  }
}

/** @throws Error that says why a text is no policy. */
function policyIn(text: string): WrittenPolicy {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    throw new Error(`It is no JSON: ${problemText(error)}`);
  }
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    throw new Error('It is no object.');
  return { ...written };
}

function askForText(
  text: string,
  problem: string,
  before: PolicyJson | undefined,
): Promise<string | undefined> {
  const field = h('textarea', { rows: 16, spellcheck: 'false', required: true, name: 'policy' }, text);
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'write-title' }, before === undefined ? 'New policy' : `Change ${before.name}`),
    h(
      'p',
      {},
      'JSON, as the files of dtms policies apply. What it would do is shown before anything is done.',
    ),
    problem === '' ? undefined : h('p', { role: 'alert', class: 'problem' }, problem),
    h('label', { class: 'field' }, 'The policy', field),
    h(
      'div',
      { class: 'buttons' },
      button('Cancel', {}, () => dialog.close('')),
      h('button', { type: 'submit', class: 'primary', value: 'next' }, 'Preview'),
    ),
  );
  const dialog = h('dialog', { 'aria-labelledby': 'write-title', class: 'wide' }, form);
  return opened(dialog, () => (dialog.returnValue === 'next' ? field.value : undefined));
}
