// For every method a request that is good, as JSON, for the test of REST against gRPC: its example in the OpenAPI
// document, made about an account of its own in which there is what the request names. A new method has no entry here,
// unless its example needs a state that its fields do not show.
import { randomUUID } from 'node:crypto';
import type { DescMethod, JsonObject, JsonValue } from '@bufbuild/protobuf';
import { ActionOutcome, ActionStatus } from '../../gen/ts/dtms/v1/types.js';
import { actionCalls, only } from './action-calls.js';
import type { TestService } from './app.js';
import { DatabaseKeys } from './keys.js';
import { examples } from './openapi.js';
import { execute } from './postgres.js';
import { METHODS, Rest } from './rest.js';
import { recordedRollout } from './rollout-record.js';

/** Prepares an account of the caller's own; gives what differs from the example. */
type Prepare = (account: string) => Promise<JsonObject>;

/** The example's request, with its parameters where the fields are that they set: "filter.account" in "filter". */
function exampleOf(name: string): JsonObject {
  const { parameters = {}, body = {} } = examples[name] ?? {};
  const request: JsonObject = structuredClone(Object(body));
  for (const [path, value] of Object.entries(parameters)) {
    const [first = '', second] = path.split('.');
    const json: JsonValue = structuredClone(Object(value).valueOf());
    request[first] = second === undefined ? json : { ...Object(request[first]), [second]: json };
  }
  return request;
}

/** Of an account of its own, wherever the example names one, and not the repetition of another call. */
function owned(value: JsonValue, account: string): JsonValue {
  if (Array.isArray(value)) return value.map((item) => owned(item, account));
  if (typeof value !== 'object' || value === null) return value;
  const own: Readonly<Record<string, JsonValue>> = { account, accounts: [account], requestId: randomUUID() };
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, own[key] ?? owned(inner, account)]),
  );
}

/** The example of a method as a request about one account, on a feed of the same name. */
function requestOf(method: DescMethod, account: string): JsonObject {
  const request: JsonObject = Object(owned(exampleOf(method.name), account));
  const onFeed = method.input.fields.some(({ name }) => name === 'feed');
  return onFeed ? { ...request, feed: account } : request;
}

type Running = () => TestService;

/** What can be there before a call. */
function states(running: Running) {
  const { opened, fall, beat, lease, held } = actionCalls(running);
  const call = async (name: string, account: string) => {
    const method = METHODS.find((each) => each.name === name);
    if (method === undefined) throw new Error(`there is no ${name}`);
    const { status, body } = await new Rest(running().http).call(method, requestOf(method, account));
    if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
    return Object(body);
  };
  /** After the example of another method. */
  const after =
    (name: string): Prepare =>
    async (account) => {
      await call(name, account);
      return {};
    };
  const registered = after('RegisterTrade');
  const beating: Prepare = async (account) => {
    await beat(account, 'mt5-1');
    return {};
  };
  const troubled: Prepare = async (account) => {
    await opened(account, 1);
    await fall(account);
    return beating(account);
  };
  const leased = async (account: string) => {
    await troubled(account);
    const work = only(await lease(account, 'mt5-1'));
    return { work, named: { actionId: held(work).actionId, token: String(held(work).token) } };
  };
  const acquired: Prepare = async (account) => {
    await registered(account);
    return { token: String((await call('AcquireModification', account)).token) };
  };
  const keyMade: Prepare = async (account) => {
    const keys = new DatabaseKeys(running().databaseUrl);
    const { key } = await keys.make([1], [account], account);
    await keys.close();
    return { keyId: key.keyId };
  };
  const onPolicy: Prepare = async (account) => {
    await after('UpsertPolicy')(account);
    await registered(account);
    return { tickets: ['1001'] };
  };
  return { after, registered, beating, troubled, leased, acquired, keyMade, onPolicy };
}

type States = ReturnType<typeof states>;

/** By a field of the request: what it names is there. The first that fits is taken. */
const fieldEntries = ({ after, registered, beating, leased, acquired, keyMade }: States) =>
  [
    ['action_id', async (account) => (await leased(account)).named],
    ['key_id', keyMade],
    ['token', acquired],
    ['ticket', async (account) => ({ ...(await registered(account)), ticket: '1001' })],
    ['tickets', async (account) => ({ ...(await registered(account)), tickets: ['1001'] })],
    ['symbol', after('PushMarketData')],
    ['account', beating],
  ] satisfies readonly (readonly [string, Prepare])[];

/** Of methods on trades, for values more awkward than a reader should see. */
const tradeEntries = ({ registered }: States): Readonly<Record<string, Prepare>> => {
  const trade = (account: string, more: JsonObject = {}): JsonObject => ({
    ...Object(exampleOf('RegisterTrade').trade),
    account,
    ...more,
  });
  return {
    ...{ ListTrades: registered, ListTradeEvents: registered, WatchTrades: registered },
    RegisterTrade: async (account) => ({ trade: trade(account, { label: 'Größe "ß" \u2028 \\' }) }),
    BatchRegisterTrades: async (account) => ({
      trades: [
        trade(account),
        trade(account, { ticket: '9007199254740993' }),
        trade(account, { ticket: '3', stopLoss: 9000 }),
      ],
    }),
    BatchGetTrades: async (account) => ({
      ...(await registered(account)),
      tickets: ['1001', '9223372036854775807'],
    }),
    PauseTrade: async (account) => ({ ...(await registered(account)), reason: 'a & b = ?' }),
  };
};

/** Of methods on actions, whose state their fields do not show. */
/** Of the methods about the servers themselves. */
function serverEntries(running: Running): Readonly<Record<string, Prepare>> {
  // It leads already: nothing happens.
  return {
    GetRollout: async () => ({ rolloutId: String(await recordedRollout(running().databaseUrl)) }),
    RetryDelivery: async () => ({ deliveryId: await deadLetter(running().databaseUrl), by: 'parity' }),
    MoveLeader: async () => ({ serverId: (await running().client.getStatus({})).serverId, by: 'parity' }),
  };
}

/** A message that was given up, of nothing. */
async function deadLetter(databaseUrl: string): Promise<string> {
  const { rows } = await execute(
    databaseUrl,
    `INSERT INTO notice_deliveries (channel, rule, status, order_key, while_lasting, group_key, planned_at, next_at, done_at)
     VALUES ('parity', 'parity', 'DEAD', '', '', '', now(), now(), now()) RETURNING delivery_id`,
  );
  return String(rows[0]?.delivery_id);
}

function actionEntries(running: Running, { troubled, leased }: States): Readonly<Record<string, Prepare>> {
  const { begin, report, listed } = actionCalls(running);
  return {
    ...{ LeaseActions: troubled, ListActions: troubled },
    ReportAction: async (account) => {
      const { work, named } = await leased(account);
      await begin(work);
      return named;
    },
    ResolveAction: async (account) => {
      await troubled(account);
      const actionId = (await listed(account))[0]?.action?.actionId ?? '';
      return { actionId, resolution: 'RESOLUTION_GIVE_UP', result: null };
    },
    ReplayAction: async (account) => {
      const { work } = await leased(account);
      await begin(work);
      await report(work, ActionOutcome.REJECTED, { code: 10016 });
      const [first] = await listed(account, { statuses: [ActionStatus.REJECTED] });
      return { actionId: first?.action?.actionId ?? '' };
    },
  };
}

const DECISIONS = ['SetRails', 'SetOrderCaps', 'SetTradingState', 'SetAccountKind', 'SetAccountMode'];
const unknownBefore: Prepare = async () => ({ allowNew: true });

/** Of the other methods. */
const otherEntries = ({
  after,
  registered,
  beating,
  acquired,
  onPolicy,
}: States): Readonly<Record<string, Prepare>> => ({
  ...{ ListFeeds: after('PushMarketData'), ListMarketViews: after('PushMarketData') },
  ...{ DeleteFeed: after('UpsertFeed'), ListAuditEvents: after('UpsertAccount') },
  ...{ GetPolicy: after('UpsertPolicy'), DeletePolicy: after('UpsertPolicy') },
  ...{ AssignPolicy: onPolicy, PreviewPolicy: onPolicy },
  ...Object.fromEntries(DECISIONS.map((name) => [name, unknownBefore])),
  ReportAccount: async () => ({ equity: 10_000.5, utcOffsetMinutes: -120 }),
  ReconcilePositions: async (account) => ({ ...(await registered(account)), ...(await beating(account)) }),
  ReleaseModification: async (account) => ({ ...(await acquired(account)), applied: null, giveUp: true }),
  UpsertNewsEvents: async (account) => ({
    events: [{ ...Object(exampleOf('UpsertNewsEvents').events)[0], eventId: account }],
  }),
  DeleteNewsEvents: async (account) => ({ endTime: null, eventIds: [account] }),
  CreateApiKey: async (account) => ({ name: account }),
  ClearFeatureFlag: after('SetFeatureFlag'),
  // Its account is one of a filter.
  GetEffect: after('UpsertAccount'),
});

/** The good requests, and which methods have an entry here. */
export function preparations(running: Running) {
  const known = states(running);
  const byField = fieldEntries(known);
  const byMethod = {
    ...tradeEntries(known),
    ...actionEntries(running, known),
    ...serverEntries(running),
    ...otherEntries(known),
  };
  const prepare = ({ name, input }: DescMethod): Prepare | undefined =>
    byMethod[name] ?? byField.find(([field]) => input.fields.some((each) => each.name === field))?.[1];
  return {
    named: Object.keys(byMethod),
    /** Prepares an account of the caller's own, and gives the request to make. */
    async goodRequest(method: DescMethod, account: string): Promise<JsonObject> {
      return { ...requestOf(method, account), ...(await prepare(method)?.(account)) };
    },
  };
}
