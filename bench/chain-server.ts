// The echo behind the whole chain: each method of the echo server with its empty answer, and around it everything
// that stands between a socket and a handler: connection limits, correlation, logs, metrics, error mapping, keys,
// scopes, rates, deadlines, sizes and the rules of the protos. There is no database and no engine: what is
// measured is the chain alone. Its first line on standard output is its address.
//
//   node dist/bench/chain-server.js KEY [bare]
//
// KEY is an API key, which it knows with every scope for every account. With `bare` the same server hands each
// call straight to grpc-js's own way of answering, without our adapters and the chain.
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { TradeServiceService } from '../gen/ts/dtms/v1/trade_service.js';
import { parseApiKey, secretHash } from '../src/access/api-key.js';
import { GATE_TIMES, Gate } from '../src/access/gate.js';
import { AccessTable } from '../src/access/methods.js';
import { loadConfig } from '../src/config/config.js';
import { standardChain } from '../src/interceptors/chain.js';
import { ClientCertificates } from '../src/interceptors/client-certificate.js';
import { createLogger } from '../src/observability/logger.js';
import { CallMetrics } from '../src/observability/metrics/calls.js';
import { descriptorSet } from '../src/package-files.js';
import { type Handlers, implement, type ServiceBinding } from '../src/rpc/adapters.js';
import { GrpcServer } from '../src/rpc/server.js';
import type { StoredKey } from '../src/store/types.js';
import { Validator } from '../src/validation/validator.js';

/** Counted, and never reached. */
const LIMITS = { mode: 'on', queriesPerSecond: 1_000_000, queriesBurst: 10_000_000 } as const;

function knownKey(text: string): StoredKey {
  const parsed = parseApiKey(text);
  if (parsed === undefined) throw new TypeError('the argument is no API key');
  return {
    ...{ number: 1, keyId: parsed.keyId, name: 'benchmark', hash: secretHash(parsed.secret) },
    ...{ scopes: ['READ'], accounts: null, createdAt: 0, expiresAt: null, revokedAt: null },
    ...{ rotatedTo: null, overlapEndsAt: null, lastUsedAt: null, remainingMs: Number.POSITIVE_INFINITY },
  };
}

/** Every method of the echo answers with an empty message. */
function echoes(): Handlers<typeof TradeServiceService> {
  const answers = Object.entries(TradeServiceService).map(([name, { responseDeserialize }]) => {
    const answer = responseDeserialize(Buffer.alloc(0));
    return [name, () => answer] as const;
  });
  // Streams have no answer here: this server is measured by unary calls alone.
  return Object.fromEntries(answers) as unknown as Handlers<typeof TradeServiceService>;
}

/** The same as grpc-js does it by itself. */
function bare(): ServiceBinding {
  const implementation: UntypedServiceImplementation = {};
  for (const [name, { responseDeserialize }] of Object.entries(TradeServiceService)) {
    const answer = responseDeserialize(Buffer.alloc(0));
    implementation[name] = (_call: unknown, callback: (error: null, value: unknown) => void) =>
      callback(null, answer);
  }
  return { name: 'dtms.v1.TradeService', definition: TradeServiceService, implementation, procedures: [] };
}

const [text = '', mode] = process.argv.slice(2);
const key = knownKey(text);
const config = loadConfig({ env: {} });
const logger = createLogger('info');
const keys = {
  find: (ids: readonly string[]) => Promise.resolve(ids.includes(key.keyId) ? [key] : []),
  touch: () => Promise.resolve(),
  presence: () => Promise.resolve({ active: true, any: true }),
};
const descriptors = descriptorSet();
const calls = new CallMetrics();
const chain = standardChain({
  logger,
  gate: new Gate(keys, { door: 'closed', ...GATE_TIMES }, logger),
  certificates: new ClientCertificates([]),
  access: new AccessTable(descriptors),
  limits: { ...config.limits, ...LIMITS },
  host: '127.0.0.1',
  validator: new Validator(descriptors),
  calls,
});
const server = new GrpcServer(
  [mode === 'bare' ? bare() : implement(TradeServiceService, echoes(), { chain, logger })],
  descriptors,
  { ...config.grpc, host: '127.0.0.1', port: 0 },
  { logger, calls },
);
process.stdout.write(`${await server.start()}\n`);
process.once('SIGTERM', () => void server.stop(() => Promise.resolve()));
