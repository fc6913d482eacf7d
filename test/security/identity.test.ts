// Who is let in: forged and foreign keys and tokens, every method with every scope, revocation under an open
// stream, and far more than a caller's share; on a server that wants keys and limits calls.
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import {
  ActionServiceService,
  BeginActionRequest,
  ListActionsRequest,
} from '../../gen/ts/dtms/v1/action_service.js';
import {
  GetTradeRequest,
  ListTradeEventsRequest,
  ListTradesRequest,
  TradeServiceService,
  WatchTradesRequest,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { apiKeyText, newApiKey } from '../../src/access/api-key.js';
import { granted } from '../../src/access/scopes.js';
import { Contract } from '../../src/contract/contract.js';
import { SCOPES } from '../../src/contract/scopes.js';
import { descriptorSet } from '../../src/package-files.js';
import { queryFingerprint } from '../../src/rpc/page-token.js';
import { DatabaseKeys } from '../support/keys.js';
import { framed } from '../support/raw-reader.js';
import { calling, registering } from '../support/security/honest.js';
import { Judge, TYPED } from '../support/security/judge.js';
import { Dice } from '../support/security/random.js';
import { METHODS, pathOf, sampleOf } from '../support/security/samples.js';
import { LONG, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { type Answer, WireClient } from '../support/security/wire-client.js';

let target: Target;
let client: WireClient;
let keys: DatabaseKeys;
let everything: Readonly<Record<string, string>>;

beforeAll(async () => {
  target = await Target.start({
    logLevel: 'info',
    env: { DTMS_ACCESS_MODE: 'required', DTMS_LIMITS_MODE: 'on' },
  });
  client = new WireClient(target.address);
  keys = new DatabaseKeys(target.database.url);
  everything = { 'x-api-key': (await keys.make(SCOPES)).text };
  expect((await registering(client, { account: 'demo', ticket: 1n }, { headers: everything })).code).toBe(
    status.OK,
  );
});

afterAll(async () => {
  client?.close();
  await keys?.close();
  await target?.end();
});

const headersOf = (text: string) => ({ 'x-api-key': text });
const REFUSED = new Set<number>([status.UNAUTHENTICATED]);
const DENIED = new Set<number>([status.PERMISSION_DENIED]);
/** What a caller within its scope may be answered. */
const LET_IN = new Set<number>([...TYPED, status.RESOURCE_EXHAUSTED]);

/** The answer without what differs from call to call. */
const gist = ({ code, message, details, correlationId }: Answer): string =>
  JSON.stringify([code, message, details.toString('latin1').replaceAll(correlationId ?? '-', 'id')]);

test('forged identities are refused alike, whether what they ask for exists or not', async () => {
  const judge = await Judge.of('forged identities', target);
  const real = await keys.make(SCOPES);
  const [, keyId = '', secret = ''] = real.text.split('_');
  const last = secret.endsWith('a') ? 'b' : 'a';
  const forged: readonly Readonly<Record<string, string>>[] = [
    {},
    ...['', ' ', 'null', 'dtms', 'dtms__', `dtms_${keyId}_`, `dtms__${secret}`, `dtms_${keyId}`].map(
      headersOf,
    ),
    headersOf(`dtms_${keyId}_${secret.slice(0, -1)}${last}`),
    headersOf(`dtms_${keyId}_${secret.toUpperCase()}`),
    headersOf(`${real.text} `.repeat(2)),
    headersOf(`${real.text}a`),
    headersOf(apiKeyText(newApiKey())),
    headersOf(apiKeyText({ keyId, secret: newApiKey().secret })),
    headersOf(`' OR '1'='1`),
    { authorization: real.text },
    { authorization: `Basic ${Buffer.from(`x:${real.text}`).toString('base64')}` },
    { authorization: `Bearer ${apiKeyText(newApiKey())}`, 'x-api-key': real.text },
    { 'x-user': 'admin', 'x-principal': 'admin', 'x-forwarded-user': 'admin', forwarded: 'for=127.0.0.1' },
    { 'x-scopes': 'admin', 'x-forwarded-for': '127.0.0.1', 'x-account': 'demo' },
  ];
  const gists = new Map<string, Set<string>>();
  for (const headers of forged) {
    for (const ticket of [1n, 999n]) {
      const request = GetTradeRequest.fromPartial({ account: 'demo', ticket });
      const answer = await calling(client, TradeServiceService.getTrade, request, { headers });
      judge.judge(answer, { codes: REFUSED }, () => JSON.stringify(headers));
      const name = JSON.stringify(headers);
      gists.set(name, (gists.get(name) ?? new Set()).add(gist(answer)));
    }
  }
  for (const [name, different] of gists) {
    judge.count(0, different.size - 1, `${name} tells what exists: ${[...different].join(' ')}`);
  }
  expect(judge.close()).toEqual([]);
});

test(
  'every method with every single scope',
  async () => {
    const judge = await Judge.of('methods x scopes', target);
    const contract = new Contract(descriptorSet());
    for (const scope of SCOPES) {
      for (const method of METHODS) {
        // A key of its own for each, so that no limit hides what is allowed.
        const headers = headersOf((await keys.make([scope])).text);
        const access = contract.access(pathOf(method));
        const allowed = granted([scope]);
        const right = access?.scopes.some((one) => allowed.has(one)) === true;
        const streaming = method.methodKind !== 'unary';
        const answer = await client.call(pathOf(method), framed(sampleOf(method, new Dice(scope))), {
          headers,
          // A refusal is waited for: its status may come long after its headers.
          ...(right && streaming ? { leaveAfterMs: 10 } : {}),
        });
        judge.judge(
          answer,
          { codes: right ? LET_IN : DENIED, mayBeLeft: right && streaming },
          () => `${scope} ${pathOf(method)}`,
        );
      }
    }
    expect(judge.close(judge.distribution())).toEqual([]);
  },
  LONG,
);

test('a key of another account learns nothing, not even whether a ticket exists', async () => {
  const judge = await Judge.of("another account's key", target);
  const headers = headersOf((await keys.make(SCOPES, ['other'])).text);
  const gists = new Set<string>();
  for (const ticket of [1n, 999n]) {
    const request = GetTradeRequest.fromPartial({ account: 'demo', ticket });
    const answer = await calling(client, TradeServiceService.getTrade, request, { headers });
    judge.judge(answer, { codes: DENIED }, () => String(ticket));
    gists.add(gist(answer));
  }
  judge.count(0, gists.size - 1, [...gists].join(' '));
  const list = await calling(client, TradeServiceService.listTrades, ListTradesRequest.fromPartial({}), {
    headers,
  });
  judge.judge(list, { codes: DENIED }, () => 'a list of every account');
  const watch = WatchTradesRequest.fromPartial({ filter: { account: 'demo' } });
  judge.judge(
    await calling(client, TradeServiceService.watchTrades, watch, { headers }),
    { codes: DENIED },
    () => 'a watch of another account',
  );
  for (const actionId of [
    'demo/1/2/TIGHTEN_SL',
    'demo/999/2/TIGHTEN_SL',
    'demo',
    '/',
    '../other/1',
    'other/../demo/1',
  ]) {
    const request = BeginActionRequest.fromPartial({ actionId, token: 1n });
    const answer = await calling(client, ActionServiceService.beginAction, request, { headers });
    judge.judge(
      answer,
      { codes: new Set([...DENIED, status.INVALID_ARGUMENT, status.NOT_FOUND]) },
      () => actionId,
    );
    const foreign = actionId.startsWith('demo/') && answer.code !== status.PERMISSION_DENIED;
    judge.count(0, foreign ? 1 : 0, `${actionId} is answered ${answer.code}`);
  }
  expect(judge.close()).toEqual([]);
});

test('tokens that are forged, old or of another query are refused', async () => {
  const judge = await Judge.of('forged page, resume and lease tokens', target);
  const headers = { ...everything };
  const fingerprint = queryFingerprint(TradeServiceService.listTrades.path, Buffer.alloc(0));
  const token = (text: string) => Buffer.from(text).toString('base64url');
  const pages = [
    ...[
      'x',
      '!',
      '\u0000',
      'A'.repeat(512),
      token('x'),
      token('.1'),
      token(`${fingerprint}.`),
      token(`${fingerprint}.-1`),
    ],
    ...[token(`${fingerprint}.1e9`), token(`${'x'.repeat(12)}.1`), token(`${fingerprint}.9999999999999999`)],
  ];
  const tokenCodes = new Set<number>([status.INVALID_ARGUMENT]);
  for (const pageToken of pages) {
    const key = headersOf((await keys.make(SCOPES)).text);
    for (const method of [TradeServiceService.listTrades, TradeServiceService.listTradeEvents]) {
      const request = method.requestDeserialize(Buffer.alloc(0));
      const answer = await client.call(method.path, framed(tokenRequest(method.path, request, pageToken)), {
        headers: key,
      });
      judge.judge(answer, { codes: tokenCodes }, () => `${method.path} ${pageToken}`);
    }
    // An action list's token names an action too, and goes to the database: it must not hold what that cannot.
    const nul = token(
      `${queryFingerprint(ActionServiceService.listActions.path, Buffer.alloc(0))}.1.a\u0000b`,
    );
    for (const listToken of [pageToken, nul]) {
      const request = ListActionsRequest.fromPartial({ pageToken: listToken });
      const answer = await calling(client, ActionServiceService.listActions, request, { headers: key });
      judge.judge(answer, { codes: TYPED }, () => `ListActions ${listToken}`);
    }
  }
  for (const [logEpoch, revision] of [
    ['x', 1n],
    ['\u0000', 0n],
    ['x'.repeat(64), 2n ** 62n],
    ["' OR 1=1", 1n],
  ] as const) {
    const request = WatchTradesRequest.fromPartial({ resumeAfter: { logEpoch, revision } });
    const answer = await calling(client, TradeServiceService.watchTrades, request, { headers });
    judge.judge(
      answer,
      { codes: new Set([status.FAILED_PRECONDITION, status.OUT_OF_RANGE]) },
      () => `${logEpoch} ${revision}`,
    );
  }
  for (const leaseToken of [1n, 2n, 2n ** 53n, 2n ** 63n - 1n]) {
    const action = { actionId: 'demo/1/2/TIGHTEN_SL', token: leaseToken };
    const begin = await calling(
      client,
      ActionServiceService.beginAction,
      BeginActionRequest.fromPartial(action),
      { headers },
    );
    judge.judge(begin, { codes: new Set([status.NOT_FOUND, status.ABORTED]) }, () => `lease ${leaseToken}`);
  }
  expect(judge.close(judge.distribution())).toEqual([]);
});

function tokenRequest(path: string, request: object, pageToken: string): Buffer {
  const method = path === TradeServiceService.listTrades.path ? TradeServiceService.listTrades : undefined;
  return method === undefined
    ? TradeServiceService.listTradeEvents.requestSerialize(
        ListTradeEventsRequest.fromPartial({ ...request, pageToken }),
      )
    : method.requestSerialize(ListTradesRequest.fromPartial({ ...request, pageToken }));
}

test(
  'a key that is revoked ends its open streams within 5 s, and calls with it',
  async () => {
    const judge = await Judge.of('revocation under open watches', target);
    const watches = tries({ full: 20, short: 3 });
    for (let index = 0; index < watches; index += 1) {
      const key = await keys.make([Scope.READ]);
      const headers = headersOf(key.text);
      const watch = calling(client, TradeServiceService.watchTrades, WatchTradesRequest.fromPartial({}), {
        headers,
        patienceMs: 30_000,
      });
      await sleep(100);
      await keys.revoke(key);
      const began = performance.now();
      judge.judge(await watch, { codes: REFUSED }, () => 'the watch');
      const took = performance.now() - began;
      judge.count(0, took > 5000 ? 1 : 0, `the watch went on for ${Math.round(took)} ms`);
      const request = GetTradeRequest.fromPartial({ account: 'demo', ticket: 1n });
      judge.judge(
        await calling(client, TradeServiceService.getTrade, request, { headers }),
        { codes: REFUSED },
        () => 'a call',
      );
    }
    expect(judge.close()).toEqual([]);
  },
  LONG,
);

test(
  'a hundred times the limit gets typed refusals, and costs nobody else a call',
  async () => {
    const judge = await Judge.of('100 x the rate limit', target);
    const flood = headersOf((await keys.make([Scope.REGISTER])).text);
    const honest = headersOf((await keys.make([Scope.READ])).text);
    const calls = tries({ full: 5000, short: 400 });
    const began = performance.now();
    const codes = new Set<number>([status.OK, status.RESOURCE_EXHAUSTED]);
    const flooding = Array.from({ length: calls }, async (_, index) => {
      const answer = await registering(
        client,
        { account: 'flood', ticket: BigInt(index + 1) },
        { headers: flood, patienceMs: 60_000 },
      );
      const refused = answer.code === status.RESOURCE_EXHAUSTED;
      // RetryInfo tells when to come back.
      const told = !refused || answer.details.includes('google.rpc.RetryInfo');
      judge.judge(answer, { codes }, () => 'a registration');
      judge.count(0, told ? 0 : 1, 'a refusal without RetryInfo');
    });
    for (let index = 0; index < 20; index += 1) {
      const request = GetTradeRequest.fromPartial({ account: 'demo', ticket: 1n });
      judge.judge(
        await calling(client, TradeServiceService.getTrade, request, { headers: honest, patienceMs: 60_000 }),
        { codes: new Set([status.OK]) },
        () => 'the honest caller',
      );
    }
    await Promise.all(flooding);
    const seconds = (performance.now() - began) / 1000;
    const passed = (judge.codes.get('OK') ?? 0) - 20;
    // 20 at once and 10 a second, and one more for what began before the clock was read.
    judge.count(0, passed > 20 + 10 * seconds + 1 ? 1 : 0, `${passed} passed in ${seconds} s`);
    expect(judge.close(`${passed} of ${calls} passed in ${seconds.toFixed(1)} s`)).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(20);
  },
  LONG,
);
