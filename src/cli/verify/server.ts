// Owns what a verification looks at on the server itself: health, services, versions, clock, keys, settings, HTTP.
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type GetStatusResponse, ServerRole } from '../../../gen/ts/dtms/v1/system_service.js';
import type { DtmsClient } from '../../client/client.js';
import { packageVersion } from '../../package-files.js';
import { CANARY_ACCOUNT } from './canary.js';
import type { CheckFinding, Checks } from './check.js';
import { get, type HttpAccess } from './http.js';

const SERVICES = ['Trade', 'MarketData', 'Account', 'Ownership', 'Action', 'System'].map(
  (name) => `dtms.v1.${name}Service`,
);
/** The field `status` of a HealthCheckResponse, and its value for a server that serves. */
const SERVING = Buffer.from([0x08, 0x01]);
const TIMEOUT_MS = 10_000;
/** Clocks further apart than this make records hard to compare, in ms. */
const SKEW_MS = 2000;
/** A server gives a sign every second. */
const SILENT_MS = 5000;

/** Health of the server and of each service, which needs no key. */
export async function checkHealth(
  address: string,
  secured: ChannelCredentials | undefined,
  checks: Checks,
): Promise<void> {
  const client = new Client(address, secured ?? credentials.createInsecure());
  try {
    await checks.repeated('health', async () => {
      for (const service of ['', ...SERVICES]) await serving(client, service);
      return { detail: `SERVING, and ${SERVICES.length} services` };
    });
  } finally {
    client.close();
  }
}

function serving(client: Client, service: string): Promise<void> {
  const name = Buffer.from(service);
  const request = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const as = (bytes: Buffer) => bytes;
  return new Promise((resolve, reject) => {
    const answered = (error: ServiceError | null, answer?: Buffer) => {
      if (error !== null) reject(error);
      else if (answer?.equals(SERVING)) resolve();
      else reject(new Error(`${service || 'the server'} is not SERVING`));
    };
    const options = { deadline: Date.now() + TIMEOUT_MS };
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      as,
      as,
      request,
      new Metadata(),
      options,
      answered,
    );
  });
}

/** One read of each service. */
export async function checkServices(client: DtmsClient, checks: Checks): Promise<void> {
  const account = CANARY_ACCOUNT;
  const reads: Readonly<Record<string, () => Promise<unknown>>> = {
    trades: () => client.listTrades({ filter: { account }, pageSize: 1 }),
    'market-data': () => client.listFeeds({ pageSize: 1 }),
    accounts: () => client.listAccounts({ pageSize: 1 }),
    ownership: () => client.batchGetOwnership({ account, tickets: [1n] }),
    actions: () => client.listActions({ account, pageSize: 1 }),
  };
  for (const [name, read] of Object.entries(reads))
    await checks.repeated(name, async () => {
      await read();
      return { detail: '' };
    });
}

export async function checkVersions(
  client: DtmsClient,
  status: GetStatusResponse,
  checks: Checks,
): Promise<void> {
  await checks.once('versions', async () => {
    const { version, databaseVersion } = status;
    const told = `${version}, Postgres ${databaseVersion}`;
    const own = packageVersion();
    return version === own ? { detail: told } : { verdict: 'warn', detail: `${told}; this dtms is ${own}` };
  });
  await checks.once('servers', async () => {
    const { servers } = await client.listServers({});
    const leaders = servers.filter(({ role }) => role === ServerRole.LEADER);
    if (leaders.length !== 1) throw new Error(`${leaders.length} servers lead`);
    const silent = servers.filter(({ silentMs }) => Number(silentMs) > SILENT_MS);
    const versions = new Set(servers.map(({ version }) => version));
    const detail = `${servers.length}, of which ${leaders[0]?.serverId} leads`;
    if (silent.length > 0) return { verdict: 'warn', detail: `${detail}; ${silent.length} are silent` };
    if (versions.size > 1)
      return { verdict: 'warn', detail: `${detail}; versions ${[...versions].join(', ')}` };
    return { detail };
  });
  await checks.once('clock', async () => {
    const askedAt = Date.now();
    const { servers, answeredBy } = await client.listServers({});
    const own = servers.find(({ serverId }) => serverId === answeredBy);
    if (own?.seenAt === undefined) return { verdict: 'skip', detail: 'the server has given no sign yet' };
    // The database's clock at the moment of the answer, give or take the call.
    const database = own.seenAt.getTime() + Number(own.silentMs);
    const answeredAt = Date.now();
    const apart = Math.max(0, askedAt - database, database - answeredAt);
    const detail =
      apart === 0
        ? "the database's clock agrees with this one"
        : `the database's clock is at least ${apart} ms off this one`;
    return apart > SKEW_MS ? { verdict: 'warn', detail } : { detail };
  });
  await checks.once('settings', async () => {
    const { revision, needsRestart } = await client.getConfig({});
    return needsRestart.length === 0
      ? { detail: `revision ${revision}` }
      : { verdict: 'warn', detail: `wait for a restart: ${needsRestart.join(', ')}` };
  });
}

/** Where calls need a key, one without is refused. */
export async function checkKeys(stranger: DtmsClient, checks: Checks): Promise<void> {
  await checks.once('keys', async () => {
    try {
      await stranger.getStatus({});
    } catch (error) {
      if (Reflect.get(Object(error), 'code') === UNAUTHENTICATED)
        return { detail: 'calls without a key are refused' };
      throw error;
    }
    return { verdict: 'warn', detail: 'calls need no key here' };
  });
}

const UNAUTHENTICATED = 16;

export async function checkHttp(
  access: HttpAccess,
  status: GetStatusResponse,
  checks: Checks,
): Promise<void> {
  await checks.repeated('rest.ready', () => answered(access, '/readyz', () => ''));
  await checks.repeated('rest.status', () =>
    answered(access, '/v1/dtms/status', (body) => {
      const { logEpoch } = JSON.parse(body);
      if (logEpoch !== status.logEpoch)
        throw new Error(`it has the log ${logEpoch}, gRPC has ${status.logEpoch}`);
      return `the log ${logEpoch}`;
    }),
  );
  await checks.repeated('metrics', async () => {
    const { status: code, body } = await get(access, '/metrics');
    // A key that is limited to accounts does not see everybody's.
    if (code === 403) return { verdict: 'skip', detail: 'the key is not allowed to look' };
    if (code !== 200) throw new Error(`/metrics answers ${code}`);
    if (!/^dtms_serving 1$/m.test(body)) throw new Error('dtms_serving is not 1');
    if (!/^dtms_info\{/m.test(body)) throw new Error('dtms_info is missing');
    return { detail: `${body.split('\n').filter((line) => /^[a-z]/.test(line)).length} series` };
  });
}

async function answered(
  access: HttpAccess,
  path: string,
  detail: (body: string) => string,
): Promise<CheckFinding> {
  const { status, body } = await get(access, path);
  if (status !== 200) throw new Error(`${path} answers ${status}: ${body.slice(0, 200)}`);
  return { detail: detail(body) };
}
