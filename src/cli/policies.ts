// Owns `dtms policies`: how trades are defended, as files: put into force, listed, tried on running trades, and given to them.
import { Argument, Command } from 'commander';
import {
  type AssignPolicyResponse,
  ListedPolicy,
  type Policy,
  PolicyChange,
  Policy as PolicyMessage,
  type PreviewPolicyResponse,
} from '../../gen/ts/dtms/v1/policy_service.js';
import { ActionType, SuppressionReason } from '../../gen/ts/dtms/v1/types.js';
import { policyFromProto } from '../wire/policy.js';
import { EXIT_HELP } from './exit.js';
import { type Listed, type ListForm, printList, withListForm } from './lists.js';
import { collect, parseTicket, parseWhole, serverOption, withClient } from './options.js';
import { jsonText, print, remark } from './output.js';
import { readPolicyFile } from './policy-files.js';

interface Asking extends ListForm {
  readonly server: string;
}

interface Deciding extends Asking {
  readonly by?: string;
  readonly reason: string;
}

interface Choosing {
  readonly account: string;
  readonly ticket: readonly string[];
}

const EXAMPLES = `
Examples:
  $ dtms policies apply policies/chandelier.json --reason "as the study of November says"
  $ dtms policies list
  $ dtms policies preview chandelier --account demo
  $ dtms policies preview --file policies/chandelier.json --account demo
  $ dtms policies assign chandelier --account demo --ticket 42 --reason "its trend has turned"
  $ dtms policies assign dtms --account demo --reason "back to the documented plan"

A new trade has the policy that is for it, and keeps that version. Running trades get another one by assign.`;

export function policiesCommand(): Command {
  return new Command('policies')
    .description('how trades are defended: policies, and which trades have them')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(applyCommand())
    .addCommand(deleteCommand())
    .addCommand(previewCommand())
    .addCommand(assignCommand());
}

function listCommand(): Command {
  return asking(new Command('list').description('each policy, and how many trades have it')).action(
    ({ server, output }: Asking) =>
      withClient(server, async (client) => {
        printList({ output }, (await client.listPolicies({})).policies, LISTED);
      }),
  );
}

function showCommand(): Command {
  return new Command('show')
    .description('a policy as its file has it')
    .argument('<name>')
    .option('--number <version>', 'one of its versions; the newest by default', parseWhole)
    .addOption(serverOption())
    .addHelpText('after', EXIT_HELP)
    .action((name: string, { server, number = 0 }: { server: string; number?: number }) =>
      withClient(server, async (client) => {
        const { policy } = await client.getPolicy({ name, version: BigInt(number) });
        if (policy?.policy !== undefined) print(jsonText(PolicyMessage.toJSON(policy.policy)));
      }),
    );
}

function applyCommand(): Command {
  return deciding(new Command('apply').description('put policies into force for new trades'))
    .argument('<file...>', 'JSON, as policies/policy.schema.json describes')
    .action((files: readonly string[], options: Deciding) =>
      withClient(options.server, async (client) => {
        const { by = '', reason, output } = options;
        const policies = files.map(readPolicyFile);
        const applied: ListedPolicy[] = [];
        for (const policy of policies) {
          const answer = await client.upsertPolicy({ policy, by, reason });
          applied.push({ policy: answer.policy, deleted: false, uses: [] });
        }
        printList({ output }, applied, LISTED);
      }),
    );
}

function deleteCommand(): Command {
  return deciding(
    new Command('delete').description('end a policy for new trades; those that have it keep it'),
  )
    .argument('<name>')
    .action((name: string, { server, by = '', reason }: Deciding) =>
      withClient(server, async (client) => {
        const { deleted } = await client.deletePolicy({ name, by, reason });
        print(deleted ? `${name} is for no new trade` : `there is no policy ${name}`);
      }),
    );
}

function previewCommand(): Command {
  return choosing(asking(new Command('preview').description('what assign would do now, without doing it')))
    .addArgument(new Argument('[name]', 'a policy that there is'))
    .option('--file <file>', 'one that is only written')
    .action((name: string | undefined, options: Asking & Choosing & { readonly file?: string }) =>
      withClient(options.server, async (client) => {
        const policy = options.file === undefined ? undefined : readPolicyFile(options.file);
        const previewed = await client.previewPolicy({ ...chosen(options), name: name ?? '', policy });
        show(previewed, options, 'would have');
      }),
    );
}

function assignCommand(): Command {
  return choosing(deciding(new Command('assign').description('give running trades a policy')))
    .argument('<name>', 'the policy; dtms is the documented plan')
    .action((name: string, options: Deciding & Choosing) =>
      withClient(options.server, async (client) => {
        const { by = '', reason } = options;
        show(await client.assignPolicy({ ...chosen(options), name, by, reason }), options, 'has');
      }),
    );
}

function chosen({ account, ticket }: Choosing): { account: string; tickets: bigint[] } {
  return { account, tickets: ticket.map(parseTicket) };
}

function asking(command: Command): Command {
  return withListForm(command)
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function deciding(command: Command): Command {
  return asking(command)
    .option('--by <name>', 'who says so; the name of the key by default')
    .requiredOption('--reason <text>', 'why');
}

function choosing(command: Command): Command {
  return command
    .requiredOption('--account <account>', 'whose trades')
    .option(
      '--ticket <ticket>',
      'one of them; again for more. By default those the policy is for',
      collect,
      [],
    );
}

const LISTED: Listed<ListedPolicy> = {
  head: ['policy', 'version', 'priority', 'for', 'mode', 'plan', 'rules', 'trades'],
  row: ({ policy, deleted, uses }) => [
    policy?.name ?? '',
    `${policy?.version ?? ''}${deleted ? ' (deleted)' : ''}`,
    String(policy?.priority ?? ''),
    scopeText(policy),
    policy?.observe ? 'observe' : 'enforce',
    policy?.plan?.off ? 'off' : 'on',
    policy === undefined
      ? ''
      : policyFromProto(policy)
          .rules.map(({ kind }) => kind)
          .join(', '),
    uses.map(({ version, trades }) => `${trades} of version ${version}`).join(', '),
  ],
  json: ListedPolicy.toJSON,
};

/** Such as: EURUSD, label scalp*. */
function scopeText(policy: Policy | undefined): string {
  if (policy === undefined) return '';
  const { accounts, symbols, magicNumbers, labels, directions } = policyFromProto(policy).scope;
  const all = [
    ...accounts.map((account) => `account ${account}`),
    ...symbols,
    ...magicNumbers.map((magic) => `magic ${magic}`),
    ...labels.map((label) => `label ${label}`),
    ...directions,
  ];
  return all.length === 0 ? 'every trade' : all.join(', ');
}

const CHANGES: Listed<PolicyChange> = {
  head: ['account', 'ticket', 'symbol', 'from', 'to', 'asked of the broker', 'not asked', 'taken back'],
  row: ({ account, ticket, symbol, from, to, planned, suppressed, withdrawnActionIds }) => [
    account,
    String(ticket),
    symbol,
    `${from?.name} ${from?.version}`,
    `${to?.name} ${to?.version}`,
    planned.map(({ type, note }) => `${ActionType[type]}: ${note}`).join('; '),
    suppressed.map(({ type, reason }) => `${ActionType[type]} ${SuppressionReason[reason]}`).join('; '),
    withdrawnActionIds.join(', '),
  ],
  json: PolicyChange.toJSON,
};

function show(
  { changes, changed }: PreviewPolicyResponse | AssignPolicyResponse,
  { output }: ListForm,
  verb: 'has' | 'would have',
): void {
  printList({ output }, changes, CHANGES);
  if (changes.length === 0) remark(`no trade ${verb} another policy`);
  if (changes.length < changed) remark(`these are the first ${changes.length} of ${changed}`);
}
