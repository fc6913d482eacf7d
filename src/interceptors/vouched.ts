// Owns whose call it is that another server passed on, and how a server says so. Only connections that began with the
// proof of the cluster's key have this link in their chain: what a caller sends under this name is read by nobody.
import type { Metadata } from '@grpc/grpc-js';
import type { Scope } from '../../gen/ts/dtms/v1/access.js';
import type { Gate, Vouched } from '../access/gate.js';
import type { Principal } from '../access/principal.js';
import { internal } from '../errors/errors.js';
import { watched } from './authentication.js';
import type { Interceptor } from './call.js';
import type { CallContext } from './call-context.js';

/** The key in metadata. */
const VOUCHED_KEY = 'dtms-vouched-caller';

interface Letter {
  readonly vouched: Vouched;
  /** The caller's address and port. */
  readonly peer: string;
}

/** Says in metadata whose call it is. */
export function vouch(
  metadata: Metadata,
  { principal, peer }: Pick<CallContext, 'principal' | 'peer'>,
): void {
  const letter: Letter = { vouched: vouchedOf(principal), peer };
  // Names may have letters that headers may not.
  metadata.set(VOUCHED_KEY, encodeURIComponent(JSON.stringify(letter)));
}

export function vouched(gate: Pick<Gate, 'admitVouched' | 'watch'>): Interceptor {
  return {
    name: 'vouched',
    aroundCall: ({ streaming }, next) => {
      const go = streaming ? watched(gate, next) : next;
      return (call) => {
        const letter = letterOf(call.metadata);
        call.cameFrom(letter.peer);
        const admitted = gate.admitVouched(letter.vouched, call);
        const welcome = (principal: Principal) => {
          call.principal = principal;
          return go(call);
        };
        return admitted instanceof Promise ? admitted.then(welcome) : welcome(admitted);
      };
    },
  };
}

function vouchedOf({ kind, id, name, scopes }: Principal): Vouched {
  if (kind === 'key') return { kind, id };
  return kind === 'certificate' ? { kind, id, name, scopes: [...scopes] } : { kind };
}

/** @throws DtmsError INTERNAL: a server of ours always says whose call it is. */
function letterOf(metadata: Metadata): Letter {
  try {
    const told: unknown = JSON.parse(decodeURIComponent(String(metadata.get(VOUCHED_KEY)[0])));
    const vouched = readVouched(partOf(told, 'vouched'));
    return { vouched, peer: textOf(partOf(told, 'peer')) };
  } catch (cause) {
    throw internal(cause);
  }
}

function readVouched(told: unknown): Vouched {
  const kind = partOf(told, 'kind');
  if (kind === 'open') return { kind };
  const id = textOf(partOf(told, 'id'));
  if (kind === 'key') return { kind, id };
  const scopes: unknown = partOf(told, 'scopes');
  if (kind !== 'certificate' || !Array.isArray(scopes))
    throw new TypeError('it says of nobody whose call it is');
  return { kind, id, name: textOf(partOf(told, 'name')), scopes: scopes.filter(isScope) };
}

const isScope = (value: unknown): value is Scope => typeof value === 'number';

function partOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a text is missing');
  return value;
}
