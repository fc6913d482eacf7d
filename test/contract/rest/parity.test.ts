// Every method, by gRPC and by REST against one real server: the same answer to a good request, the same
// error to a bad one, and to callers without a key or with one that may not. Which methods there are, and how
// REST reaches them, is read from the protos.
import {
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { Client, credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { granted } from '../../../src/access/scopes.js';
import { TOLD_COMMANDS } from '../../../src/commands/told-commands.js';
import { SCOPES } from '../../../src/contract/scopes.js';
import { reasonName } from '../../../src/errors/errors.js';
import { fromServiceError } from '../../../src/errors/status.js';
import { decodeEntries } from '../../../src/store/bodies/journal.js';
import { JournalTable } from '../../../src/store/journal.js';
import { startService, type TestService } from '../../support/app.js';
import { badRequest } from '../../support/bad-request.js';
import { freezeTold } from '../../support/frozen-told.js';
import { recordGolden } from '../../support/golden-journal.js';
import { CONTRACT, metadataOf } from '../../support/grpc.js';
import { tryJournal } from '../../support/journal-law.js';
import { DatabaseKeys } from '../../support/keys.js';
import { examples } from '../../support/openapi.js';
import { preparations } from '../../support/parity.js';
import { errorIn, METHODS, pathOf, REGISTRY, Rest, spread } from '../../support/rest.js';

const turns = freezeTold();
const asIs = (bytes: Buffer): Buffer => bytes;
const jsonIn = (text: string): JsonValue => JSON.parse(text);

/** How a call went, the same for both ways. */
type Outcome =
  | { readonly response: JsonValue }
  | {
      readonly code: number;
      readonly reason: string;
      readonly fields: readonly string[];
      readonly message: string;
    };

const jsonOf = (method: DescMethod, bytes: Uint8Array): JsonValue =>
  toJson(method.output, fromBinary(method.output, bytes), { registry: REGISTRY, alwaysEmitImplicit: true });

const failed = (error: ServiceError): Outcome => {
  const { code, reason, violations, message } = fromServiceError(error);
  const fields = violations.map(({ field }) => field);
  return { code, reason: reason === undefined ? '' : reasonName(reason), fields, message };
};

/** Calls over gRPC; of a stream all it says, or its first frames where it does not end. */
function byGrpc(
  client: Client,
  method: DescMethod,
  request: JsonObject,
  metadata: Metadata,
  frames: number,
): Promise<Outcome> {
  const path = pathOf(method);
  const bytes = Buffer.from(toBinary(method.input, fromJson(method.input, request, { registry: REGISTRY })));
  const options = { deadline: Date.now() + 30_000 };
  if (method.methodKind === 'unary') {
    return new Promise((resolve) => {
      client.makeUnaryRequest(path, asIs, asIs, bytes, metadata, options, (error, response) =>
        resolve(error === null ? { response: jsonOf(method, response ?? Buffer.alloc(0)) } : failed(error)),
      );
    });
  }
  const duplex = method.methodKind === 'bidi_streaming';
  const up = duplex ? client.makeBidiStreamRequest(path, asIs, asIs, metadata, options) : undefined;
  const stream = up ?? client.makeServerStreamRequest(path, asIs, asIs, bytes, metadata, options);
  up?.write(bytes);
  up?.end();
  return new Promise((resolve) => {
    const seen: JsonValue[] = [];
    const done = () => resolve({ response: seen });
    stream.on('error', (error: ServiceError) => resolve(failed(error)));
    stream.on('end', done);
    stream.on('data', (frame: Buffer) => {
      seen.push(jsonOf(method, frame));
      if (seen.length < frames) return;
      done();
      stream.cancel();
    });
  });
}

/** What differs between any two calls: moments, places in the log, ids that are made. */
const VOLATILE =
  /(At|Time|Revision|[tT]oken|keyId|apiKey|Secret|^time|^revision|^tag|asOf|until|text|correlationId|^at|^secret|auditId|actorId|hash|rotatedTo)$/;
/** What differs between any two moments of a server. */
const MOMENT: ReadonlySet<string> = new Set([
  'GetStatus',
  'GetPerformance',
  'ListServers',
  'ListApiKeys',
  'ListAccounts',
  'ListStateHistory',
  'SetLogLevel',
  'RotateClusterSecret',
  'SetFeatureFlag',
]);

function masked(value: JsonValue, account: string): JsonValue {
  if (Array.isArray(value)) return value.map((item) => masked(item, account));
  if (typeof value === 'string') return value.replaceAll(account, '<account>');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      VOLATILE.test(key) && (typeof inner === 'string' || typeof inner === 'number')
        ? typeof inner
        : masked(inner, account),
    ]),
  );
}

/** Only what there is, not what it says. */
function shape(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

const EVERY: readonly (readonly [string, DescMethod])[] = METHODS.map((method) => [method.name, method]);

describe('a server that is open', () => {
  let service: TestService;
  let client: Client;
  let rest: Rest;
  /** Of somebody who may make keys, too. */
  let headers: Readonly<Record<string, string>>;
  beforeAll(async () => {
    service = await startService({ access: { mode: 'open' }, limits: { mode: 'off' } });
    const keys = new DatabaseKeys(service.databaseUrl);
    headers = { 'x-api-key': (await keys.make(SCOPES)).text };
    await keys.close();
    client = new Client(service.address, credentials.createInsecure());
    rest = new Rest(service.http);
  });
  afterAll(async () => {
    client.close();
    await service.end();
  });
  const { named, goodRequest } = preparations(() => service);

  test('every method has an example, and every entry is of a method', () => {
    const names = METHODS.map(({ name }) => name);
    expect(Object.keys(examples).sort()).toEqual(names.toSorted());
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });

  /** Calls over REST; a stream that does not end is cut after its first frames. */
  async function byRest(method: DescMethod, request: JsonObject, frames: number): Promise<Outcome> {
    if (method.name !== 'WatchTrades') {
      const { status, body } = await rest.call(method, request, headers);
      const last = Array.isArray(body) ? body.at(-1) : undefined;
      // A stream that had begun ends with its error as a frame.
      if (last !== undefined && Object.hasOwn(Object(last), 'error')) return errorIn(last);
      return status === 200 ? { response: body } : errorIn(body);
    }
    const cut = new AbortController();
    const response = await rest.fetch(spread(method, request).url, {
      headers: { ...headers, accept: 'application/x-ndjson' },
      signal: cut.signal,
    });
    if (!response.ok || response.body === null) return errorIn(jsonIn(await response.text()));
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.split('\n').length > frames) break;
    }
    cut.abort();
    const seen: JsonValue[] = text
      .split('\n')
      .slice(0, frames)
      .map((line) => JSON.parse(line));
    return { response: seen };
  }

  /** The frames of a watch that are the same every time: the item of the initial state, and its end. */
  const framesOf = (method: DescMethod) => (method.name === 'WatchTrades' ? 2 : 100);

  test.each(EVERY)('%s answers the same', async (name, method) => {
    const outcomes: JsonValue[] = [];
    for (const way of ['grpc', 'rest'] as const) {
      // As awkward as an account may be.
      const account = name.includes('ApiKey') ? `${name}.${way}` : `${name}:${way}@x.y`;
      const request = await goodRequest(method, account);
      const outcome =
        way === 'grpc'
          ? await byGrpc(client, method, request, metadataOf(headers), framesOf(method))
          : await byRest(method, request, framesOf(method));
      if (!('response' in outcome)) throw new Error(`${way}: ${JSON.stringify(outcome)}`);
      outcomes.push(MOMENT.has(name) ? shape(outcome.response) : masked(outcome.response, account));
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  });

  test.each(EVERY.filter(([, { input }]) => input.fields.length > 0))(
    '%s refuses the same',
    async (_, method) => {
      const request = badRequest(method.input);
      if (request === undefined) throw new Error('no field of it has a rule');
      const grpc = await byGrpc(client, method, request, metadataOf(headers), 100);
      const over = await byRest(method, request, 1);
      expect(grpc).toMatchObject({ code: 3, reason: 'INVALID_FIELD' });
      expect(over).toEqual(grpc);
    },
  );

  test('what all of this did is made again by its journal, byte for byte', async () => {
    const pool = new pg.Pool({ connectionString: service.databaseUrl, max: 1 });
    const journal = new JournalTable(pool);
    const { faults, tried } = await tryJournal(journal);
    const told = new Set(
      (await journal.rows(1, 1e6)).flatMap(({ entries }) => decodeEntries(entries).map(({ name }) => name)),
    );
    await recordGolden('commands', journal);
    await pool.end();
    expect(faults).toEqual([]);
    expect(tried).toMatchObject({ terms: 1, skippedRows: 0 });
    expect(tried.events).toBeGreaterThan(100);
    expect(turns()).toBeGreaterThan(tried.entries);
    // A report that comes late is told of in test/simulation, what is done in parts in rpc/in-parts.test.ts.
    expect(Object.keys(TOLD_COMMANDS).filter((name) => !told.has(name))).toEqual([
      'goOnReconciling',
      'keepLate',
      'assignTrades',
    ]);
  });
});

describe('a server with keys', () => {
  let service: TestService;
  let keys: DatabaseKeys;
  let client: Client;
  let rest: Rest;
  beforeAll(async () => {
    service = await startService({ access: { mode: 'required' }, limits: { mode: 'off' } });
    keys = new DatabaseKeys(service.databaseUrl);
    client = new Client(service.address, credentials.createInsecure());
    rest = new Rest(service.http);
  });
  afterAll(async () => {
    client.close();
    await keys.close();
    await service.end();
  });

  const NUMBERS = ['ticket', 'delivery_id', 'rollout_id'];
  const PLACES = [...NUMBERS, 'account', 'action_id', 'symbol', 'key_id', 'feed', 'flag', 'name'];
  /** A request whose path can be made. */
  const anyRequest = (method: DescMethod): JsonObject =>
    Object.fromEntries(
      method.input.fields
        .filter(({ name }) => PLACES.includes(name))
        .map(({ jsonName, name }) => [jsonName, NUMBERS.includes(name) ? '1' : 'x']),
    );

  test.each(EVERY)('%s refuses who has no key, and whose key may not', async (name, method) => {
    const needs = CONTRACT.access(pathOf(method))?.scopes ?? [];
    const other = SCOPES.find((scope) => !needs.some((needed) => granted([scope]).has(needed)));
    const callers: Readonly<Record<string, string>>[] = [{}, { authorization: 'Bearer nonsense' }];
    if (other !== undefined) callers.push({ 'x-api-key': (await keys.make([other])).text });
    else expect(needs).toContain(Scope.READ);
    for (const headers of callers) {
      const request = anyRequest(method);
      const grpc = await byGrpc(client, method, request, metadataOf(headers), 1);
      const { status, body, headers: answered } = await rest.call(method, request, headers);
      expect(errorIn(body), name).toEqual(grpc);
      expect(status).toBe('x-api-key' in headers ? 403 : 401);
      expect(answered.get('www-authenticate') === null).toBe('x-api-key' in headers);
    }
  });
});
