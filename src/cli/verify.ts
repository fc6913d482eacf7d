// Owns `dtms verify`: whether a deployment works, after an update or a rollback, by what a client would see.
import { Command, Option } from 'commander';
import { type GetStatusResponse, ServerRole } from '../../gen/ts/dtms/v1/system_service.js';
import type { DtmsClient } from '../client/client.js';
import { clientKey, clientServer } from '../config/client.js';
import { fixed } from '../domain/number-text.js';
import { connection, tlsFiles } from './connection.js';
import { CommandError, EXIT, EXIT_HELP, unreached } from './exit.js';
import { DEFAULT_SERVER, parsePositive } from './options.js';
import { jsonText, print, tableText } from './output.js';
import { against, bestOf, isSlower, readBaseline, saveBaseline } from './verify/baseline.js';
import { Checks, type DoneCheck } from './verify/check.js';

/** What is slower than the baseline is verified so often in all, and the best time counts: a busy moment of the machine is no fault. */
const MOST_TIMES = 3;

interface Options {
  readonly http?: string;
  readonly baseline?: string;
  readonly save?: string;
  readonly ratio: number;
  readonly output: 'text' | 'json';
  readonly deep?: true;
  readonly databaseUrl?: string;
  readonly dataDir?: string;
  readonly config?: string;
}

const EXAMPLES = `
Examples:
  $ dtms verify
  $ dtms verify https://trade-2:50051 --save before.json
  $ dtms verify https://trade-2:50051 --baseline before.json --output json
  $ dtms verify --deep --database-url postgres://dtms:secret@db/dtms_restored

It registers a trade of its own in the account dtms-verify, a paper account no bridge carries, on a feed of its own, and closes
it: nothing of it reaches a broker. The log keeps that trade. Its key needs the scopes read, admin, register, manage and market;
what a key that is limited to dtms-verify may not see is skipped. DTMS_API_KEY and DTMS_CLIENT_CA as for all commands.`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'verify a server by what a client sees: health, services, a trade from register to close, REST, clock',
    )
    .argument('[address]', 'the server, host:port or https://host:port', clientServer() ?? DEFAULT_SERVER)
    .option(
      '--http <url>',
      'where it serves HTTP, or off; by default port 8001 of the same host, or as configured',
    )
    .option('--baseline <file>', 'fail what takes longer than it did when this file was saved')
    .option('--ratio <times>', 'so many times as long is too long', parsePositive, 3)
    .option('--save <file>', 'save the times for later')
    .option('--deep', 'verify the database itself instead: log, trades, actions, audits, journal')
    .option('--database-url <url>', 'with --deep: the database; better in DTMS_DATABASE_URL')
    .option('--data-dir <folder>', 'with --deep: where the embedded database lives')
    .option('--config <file>', 'with --deep: JSON file with settings')
    .addOption(new Option('--output <form>', 'for whom').choices(['text', 'json']).default('text'))
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(address: string, options: Options): Promise<void> {
  if (options.deep === true) {
    const { verifyDeep } = await import('./verify/deep.js');
    await verifyDeep({ ...options, json: options.output === 'json' });
    return;
  }
  const baseline = options.baseline === undefined ? undefined : readBaseline(options.baseline);
  let { checks, version } = await verify(address, options.http);
  const isSlow = () => baseline !== undefined && checks.some((one) => isSlower(one, baseline, options.ratio));
  for (let times = 1; times < MOST_TIMES && isSlow(); times += 1)
    checks = bestOf(checks, (await verify(address, options.http)).checks);
  const judged = baseline === undefined ? checks : against(checks, baseline, options.ratio);
  const failed = judged.filter(({ verdict }) => verdict === 'fail');
  if (options.save !== undefined && failed.length === 0) saveBaseline(options.save, judged, version);
  if (options.output === 'json')
    print(jsonText({ ok: failed.length === 0, address, version, checks: judged }));
  else
    print(
      tableText(
        ['check', '', 'ms', 'detail'],
        judged.map(({ name, verdict, ms, detail }) => [
          name,
          verdict,
          ms === null ? '' : fixed(ms, 1),
          detail,
        ]),
      ),
    );
  if (failed.length > 0) {
    const names = failed.map(({ name }) => name).join(', ');
    throw new CommandError(`${failed.length} of ${judged.length} checks failed: ${names}`);
  }
}

/** Checks a server as its clients see it. @throws CommandError when it does not answer */
export async function verify(
  address: string,
  httpUrl: string | undefined,
): Promise<{ checks: readonly DoneCheck[]; version: string }> {
  const [{ DtmsClient: Client }, where, server, { checkCanary }] = await Promise.all([
    import('../client/client.js'),
    connection(address),
    import('./verify/server.js'),
    import('./verify/canary.js'),
  ]);
  // What is measured is one call, and an answer that has to be repeated is none.
  const defaults = { retryMs: 0 };
  const client = new Client({ ...where, defaults });
  const stranger = new Client({ ...where, apiKey: undefined, defaults });
  const checks = new Checks();
  try {
    const status = await reached(client, address);
    await checks.repeated('system', async () => {
      const { role, activeTrades } = await client.getStatus({});
      return { detail: `${ServerRole[role]}, ${activeTrades} active trades` };
    });
    await server.checkHealth(address.replace(/^https:\/\//, ''), where.credentials, checks);
    await server.checkKeys(stranger, checks);
    await server.checkServices(client, checks);
    await server.checkVersions(client, status, checks);
    const base = await httpBase(client, address, httpUrl);
    if (base === null)
      await checks.once('rest', async () => ({
        verdict: 'skip',
        detail: 'off, or on a port that only --http tells',
      }));
    else await server.checkHttp({ base, apiKey: clientKey(), ...tlsFiles() }, status, checks);
    await checkCanary(client, checks);
    return { checks: checks.all, version: status.version };
  } finally {
    client.close();
    stranger.close();
  }
}

/** What the server says of itself. @throws CommandError when it does not. */
async function reached(client: DtmsClient, address: string): Promise<GetStatusResponse> {
  try {
    return await client.getStatus({});
  } catch (error) {
    const cause = unreached(error);
    if (cause === null) throw error;
    throw new CommandError(`no server at ${address} (${cause})`, EXIT.unreachable, { cause: error });
  }
}

/** Where the server serves HTTP; null where it does not. */
export async function httpBase(
  client: DtmsClient,
  address: string,
  told: string | undefined,
): Promise<string | null> {
  if (told === 'off') return null;
  if (told !== undefined) return told;
  const secure = address.startsWith('https://');
  const host = address.replace('https://', '').replace(/:\d+$/, '');
  const { config } = await client.getConfig({}).catch(() => ({ config: undefined }));
  const http: unknown = config?.http;
  if (Reflect.get(Object(http), 'enabled') === false) return null;
  const port: unknown = Reflect.get(Object(http), 'port') ?? 8001;
  // Any free one: only the server knows which.
  if (port === 0) return null;
  return `${secure ? 'https' : 'http'}://${host}:${port}`;
}
