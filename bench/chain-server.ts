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
import { TradeServiceDefinition, TradeServiceService } from '../gen/ts/dtms/v1/trade_service.js';
import { parseApiKey, secretHash } from '../src/access/api-key.js';
import { GATE_TIMES, Gate } from '../src/access/gate.js';
import { loadConfig } from '../src/config/config.js';
import { Contract } from '../src/contract/contract.js';
import { standardChain } from '../src/interceptors/chain.js';
import { ClientCertificates } from '../src/interceptors/client-certificate.js';
import type { Handlers } from '../src/interceptors/handlers.js';
import { Strangers } from '../src/interceptors/strangers.js';
import { createLogger } from '../src/observability/logger.js';
import { CallMetrics } from '../src/observability/metrics/calls.js';
import { descriptorSet } from '../src/package-files.js';
import type { StoredKey } from '../src/store/types.js';
import { implement, type ServiceBinding } from '../src/transport/adapters.js';
import { GrpcServer } from '../src/transport/server.js';
import { Validator } from '../src/validation/validator.js';

/** Counted, and never reached. */
const LIMITS = { mode: 'on', queriesPerSecond: 1_000_000, queriesBurst: 10_000_000 } as const;

function knownKey(text: string): StoredKey {
  const parsed = parseApiKey(text);
  if (parsed === undefined) throw new TypeError('the argument is no API key');
  return {
    ...{ number: 1, keyId: parsed.keyId, name: 'benchmark', hash: secretHash(parsed.secret) },
    ...{ scopes: ['READ'], accounts: null, feeds: null, createdAt: 0, expiresAt: null, revokedAt: null },
    ...{ rotatedTo: null, overlapEndsAt: null, lastUsedAt: null, remainingMs: Number.POSITIVE_INFINITY },
  };
}

/** Every method of the echo answers with an empty message. */
function echoes(): Handlers<TradeServiceDefinition> {
  const answers = Object.entries(TradeServiceDefinition.methods).map(([name, { responseType }]) => {
    const answer = responseType.decode(new Uint8Array());
    return [name, () => answer] as const;
  });
  // Streams have no answer here: this server is measured by unary calls alone.
  return Object.fromEntries(answers) as unknown as Handlers<TradeServiceDefinition>;
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
const contract = new Contract(descriptorSet());
const calls = new CallMetrics();
const chain = standardChain({
  levels: { levelFor: () => undefined },
  gate: new Gate(keys, { door: 'closed', ...GATE_TIMES }, logger),
  certificates: new ClientCertificates([]),
  contract,
  limits: { ...config.limits, ...LIMITS },
  host: '127.0.0.1',
  validator: new Validator(contract),
  calls,
  denials: { take: () => undefined },
  strangers: new Strangers(config.limits),
});
const server = new GrpcServer(
  [mode === 'bare' ? bare() : implement(TradeServiceDefinition, echoes(), { chain, logger })],
  contract,
  { ...config.grpc, host: '127.0.0.1', port: 0 },
  { logger, calls, strangers: new Strangers(config.limits) },
);
process.stdout.write(`${await server.start()}\n`);
process.once('SIGTERM', () => void server.stop(() => Promise.resolve()));
