// Owns what a rollout asks of servers at the command line: their metrics, verification, the lead, and what green would decide.
import { FlagState } from '../../../gen/ts/dtms/v1/feature_flag.js';
import { ServerRole } from '../../../gen/ts/dtms/v1/system_service.js';
import type { DtmsClient } from '../../client/client.js';
import { DtmsCallError, isTransient } from '../../client/errors.js';
import { clientKey } from '../../config/client.js';
import type { DeepPartial } from '../../config/config.js';
import type { Rules } from '../../domain/rules.js';
import { packageVersion } from '../../package-files.js';
import type { FlagBack, ServerGroup, ShadowStep } from '../../rollout/plan.js';
import { readingOf } from '../../rollout/reading.js';
import type { ServerLook } from '../../rollout/samples.js';
import type { EffectOutcome } from '../../rollout/state.js';
import type { RolloutServer, ServerGroups } from '../../rollout/traffic.js';
import { tlsFiles } from '../connection.js';
import type { Where } from '../database.js';
import { checkpointAt, withJournal } from '../journal-source.js';
import { withClient } from '../options.js';
import { get } from '../verify/http.js';
import { httpBase, verify } from '../verify.js';

/** A server that is asked something is away after this, in ms: no call waits for it longer. */
const ASKED = { retryMs: 0, deadlineMs: 5000 } as const;
/** Between two looks at the end of the journal, in ms. */
const LOOK_MS = 500;
const FLAG_STATES = { on: FlagState.ON, off: FlagState.OFF } as const;

/** Looks at every server, all at once. */
export class ServerLooks {
  readonly #bases = new Map<string, string>();

  async look(groups: ServerGroups): Promise<ServerLook[]> {
    const of = (group: ServerGroup) => groups[group].map((server) => this.#lookAt(server, group));
    return Promise.all([...of('blue'), ...of('green')]);
  }

  async #lookAt(server: RolloutServer, group: ServerGroup): Promise<ServerLook> {
    const found = { server: server.name, group };
    try {
      const { status, body } = await get(
        { base: await this.#base(server), apiKey: clientKey(), ...tlsFiles() },
        '/metrics',
      );
      if (status !== 200) throw new Error(`/metrics answers ${status}`);
      return { ...found, reading: readingOf(body), problem: '' };
    } catch (error) {
      return { ...found, reading: null, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  async #base({ address, http }: RolloutServer): Promise<string> {
    const known = this.#bases.get(address);
    if (known !== undefined) return known;
    const told = http === '' ? undefined : http;
    const base = await withClient(address, (client) => httpBase(client, address, told), ASKED);
    if (base === null)
      throw new Error('where it serves HTTP is not known: servers.NAME.http of the plan tells');
    this.#bases.set(address, base);
    return base;
  }
}

/** Verifies each server of a group. */
export async function verifyGroup(group: ServerGroup, groups: ServerGroups): Promise<EffectOutcome> {
  const failed: string[] = [];
  let passed = 0;
  for (const { name, address, http } of groups[group]) {
    try {
      const { checks } = await verify(address, http === '' ? undefined : http);
      const bad = checks.filter(({ verdict }) => verdict === 'fail');
      failed.push(...bad.map((check) => `${name} ${check.name}: ${check.detail}`));
      passed += checks.length - bad.length;
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failed.length > 0)
    return { verdict: 'bad', detail: `verification of ${group} failed: ${failed.join('; ')}` };
  return { verdict: 'good', detail: `${passed} checks of ${group} passed` };
}

/**
 * Hands the lead over to a server of a group, unless one of it leads. Those that do not answer, or do not take it, hold nothing up.
 *
 * @throws Error where that cannot be done now
 */
export async function leadBy(group: ServerGroup, groups: ServerGroups, by: string): Promise<EffectOutcome> {
  const own = new Map<string, string>();
  let leader = '';
  let away: unknown = new Error(`${group} has no server`);
  for (const { address } of groups[group]) {
    try {
      const list = (client: DtmsClient) => client.listServers({}, ASKED);
      const { servers, answeredBy } = await withClient(address, list, ASKED);
      own.set(answeredBy, address);
      leader = servers.find(({ role }) => role === ServerRole.LEADER)?.serverId ?? leader;
    } catch (error) {
      away = error;
    }
  }
  if (own.has(leader)) return { verdict: 'good', detail: `${leader} leads` };
  for (const [serverId, address] of own) {
    try {
      const move = (client: DtmsClient) => client.moveLeader({ serverId, by });
      const moved = await withClient(address, move, { retryMs: 0, deadlineMs: 20_000 });
      if (!own.has(moved.leaderServerId)) throw new Error(`${moved.leaderServerId} took the lead`);
      return { verdict: 'good', detail: `${moved.leaderServerId} leads, after ${moved.tookMs} ms` };
    } catch (error) {
      away = error;
    }
  }
  throw away;
}

/**
 * Sets feature flags on the way back, by the first server of blue that answers. One that is refused, such as a flag that blue does not know, is told;
 * the others are set all the same.
 *
 * @throws Error where that cannot be done now
 */
export async function setFlagsBack(
  flags: readonly FlagBack[],
  reason: string,
  groups: ServerGroups,
  by: string,
): Promise<EffectOutcome> {
  // What the field takes: a line of 256 characters.
  const why = reason.replaceAll(/\p{Cc}/gu, ' ').slice(0, 256);
  let away: unknown = new Error('blue has no server');
  for (const { address } of groups.blue) {
    try {
      const set = (client: DtmsClient) => setFlags(client, flags, why, by.slice(0, 64));
      return await withClient(address, set, ASKED);
    } catch (error) {
      away = error;
    }
  }
  throw away;
}

async function setFlags(
  client: DtmsClient,
  flags: readonly FlagBack[],
  reason: string,
  by: string,
): Promise<EffectOutcome> {
  const refused: string[] = [];
  for (const { flag, state, account = '', symbol = '' } of flags) {
    try {
      await client.setFeatureFlag({ flag, state: FLAG_STATES[state], account, symbol, by, reason });
    } catch (error) {
      if (isTransient(error) || !(error instanceof DtmsCallError)) throw error;
      refused.push(`${flag}: ${error.message}`);
    }
  }
  if (refused.length > 0) return { verdict: 'bad', detail: `not set: ${refused.join('; ')}` };
  const texts = flags.map(({ flag, state, account, symbol }) =>
    [flag, state, account, symbol].filter((part) => part !== undefined).join(' '),
  );
  return { verdict: 'good', detail: texts.join(', ') };
}

/** What green would have decided over the journal, by its rules. @throws Error where green is of another build, or too little was decided */
export async function shadowOf(
  { followMs, leastDecisions, most }: ShadowStep,
  groups: ServerGroups,
  database: Where,
): Promise<EffectOutcome> {
  const [{ Shadow }, { pause }] = await Promise.all([
    import('../../journal/shadow.js'),
    import('../../observability/background.js'),
  ]);
  const rules = await rulesOf(groups.green[0]);
  const until = performance.now() + followMs;
  const atEnd = async (): Promise<'wait' | 'end'> => {
    if (performance.now() >= until) return 'end';
    await pause(LOOK_MS);
    return 'wait';
  };
  const { sum, examples } = await withJournal(database, async (journal) => {
    const shadow = new Shadow(journal);
    const from = await checkpointAt(journal, Number.POSITIVE_INFINITY);
    const told: string[] = [];
    for await (const { standing, account, ticket, what } of shadow.over(from, { rules, atEnd }))
      if (standing === 'first' && told.length < 5) told.push(`${account}:${ticket} ${what}`);
    return { sum: shadow.sum, examples: told };
  });
  const { first, decisions, rows, skippedRows } = sum;
  if (decisions < leastDecisions)
    throw new Error(`${decisions} of ${leastDecisions} decisions that a verdict needs`);
  const beyond = (['transition', 'action', 'event'] as const).filter((what) => first[what] > most[what]);
  const counted = `${first.transition} transitions, ${first.action} actions and ${first.event} other events differ first`;
  const detail = `${counted}, of ${decisions} decisions in ${rows} transactions, ${skippedRows} not repeated`;
  if (beyond.length === 0) return { verdict: 'good', detail };
  return { verdict: 'bad', detail: `green decides otherwise: ${detail}; such as ${examples.join(', ')}` };
}

/** The rules a server decides by. */
async function rulesOf(server: RolloutServer | undefined): Promise<Rules> {
  if (server === undefined) throw new Error('green has no server');
  const { loadConfig } = await import('../../config/config.js');
  const [status, { config }] = await withClient(
    server.address,
    (client: DtmsClient) => Promise.all([client.getStatus({}), client.getConfig({})]),
    ASKED,
  );
  const own = packageVersion();
  if (status.version !== own)
    throw new Error(
      `green is ${status.version} and this dtms ${own}: what green decides is told by its own dtms`,
    );
  // A message of JSON: its shape is checked like that of a file.
  const rules = config?.rules as DeepPartial<Rules> | undefined;
  return loadConfig({ use: 'tools', overrides: { rules } }).rules;
}
