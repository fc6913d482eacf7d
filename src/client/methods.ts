// Owns the methods of the service, made from the generated definitions: a new RPC needs no line here.
import { randomUUID } from 'node:crypto';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Access, MethodClass } from '../../gen/ts/dtms/v1/access.js';
import { AccountServiceDefinition } from '../../gen/ts/dtms/v1/account_service.js';
import { ActionServiceDefinition } from '../../gen/ts/dtms/v1/action_service.js';
import { MarketDataServiceDefinition } from '../../gen/ts/dtms/v1/market_data_service.js';
import { NoticeServiceDefinition } from '../../gen/ts/dtms/v1/notice_service.js';
import { OwnershipServiceDefinition } from '../../gen/ts/dtms/v1/ownership_service.js';
import { PolicyServiceDefinition } from '../../gen/ts/dtms/v1/policy_service.js';
import { SystemServiceDefinition } from '../../gen/ts/dtms/v1/system_service.js';
import { TradeServiceDefinition } from '../../gen/ts/dtms/v1/trade_service.js';
import {
  type MethodDefinition,
  methodPath,
  type RequestOf,
  type ResponseOf,
  type ServiceDefinition,
} from '../contract/service.js';
import type { CallOptions, Unary, UnaryMethod } from './call.js';
import type { CallKind } from './options.js';

type UnaryDefinition = MethodDefinition & { readonly requestStream: false; readonly responseStream: false };

/** The unary methods of a service, each with its docstring. */
type MethodsOf<S extends ServiceDefinition> = {
  readonly [M in keyof S['methods'] as S['methods'][M] extends UnaryDefinition ? M : never]: Unary<
    RequestOf<S['methods'][M]>,
    ResponseOf<S['methods'][M]>
  >;
};

/** Every unary method of the service. */
export type Methods = MethodsOf<TradeServiceDefinition> &
  MethodsOf<MarketDataServiceDefinition> &
  MethodsOf<ActionServiceDefinition> &
  MethodsOf<AccountServiceDefinition> &
  MethodsOf<OwnershipServiceDefinition> &
  MethodsOf<NoticeServiceDefinition> &
  MethodsOf<PolicyServiceDefinition> &
  MethodsOf<SystemServiceDefinition>;

const SERVICES: readonly ServiceDefinition[] = [
  TradeServiceDefinition,
  MarketDataServiceDefinition,
  ActionServiceDefinition,
  AccountServiceDefinition,
  OwnershipServiceDefinition,
  NoticeServiceDefinition,
  PolicyServiceDefinition,
  SystemServiceDefinition,
];

/** How a method is called. */
export interface Calling {
  readonly kind: CallKind;
  /** Options of this method, over those of its kind. */
  readonly options: CallOptions;
  /** Completes a request, once for all its attempts. */
  readonly prepare: (request: unknown) => unknown;
}

type AnyUnary = UnaryMethod<unknown, unknown>;
export type MakeUnary = (method: AnyUnary, calling: Calling) => Unary<unknown, unknown>;

class MethodsByDefinition {
  constructor(make: MakeUnary) {
    for (const service of SERVICES) {
      for (const [name, method] of Object.entries(service.methods)) {
        if (method.requestStream || method.responseStream) continue;
        const { requestType, responseType } = method;
        const unary: AnyUnary = { path: methodPath(service, method), requestType, responseType };
        Object.assign(this, { [name]: make(unary, callingOf(unary, accessIn(method))) });
      }
    }
  }
}

/** The definitions have the types that the loop above cannot see. */
export const ServiceMethods = MethodsByDefinition as new (make: MakeUnary) => Methods;

/** dtms.v1.access as the field of the method's options that it is: its number, and that its bytes follow their length. */
const ACCESS_FIELD = (51871 << 3) | 2;

function accessIn({ options }: MethodDefinition): Access {
  const [bytes] = options._unknownFields?.[ACCESS_FIELD] ?? [];
  const reader = new BinaryReader(bytes ?? new Uint8Array(1));
  return Access.decode(reader, reader.uint32());
}

/**
 * Reads and idempotent methods may be repeated as they are; changes with a request_id, because it gives them one
 * effect; what is left is tried once: a second attempt would have a second effect.
 */
function callingOf({ requestType }: AnyUnary, { methodClass, batch, idempotent }: Access): Calling {
  const reads = methodClass === MethodClass.QUERY;
  const kind = batch ? 'batch' : reads ? 'read' : 'change';
  if (reads || idempotent) return { kind, options: {}, prepare: (request) => request };
  if (hasRequestId(requestType.fromPartial({}))) return { kind, options: {}, prepare: withRequestId };
  return { kind, options: { retryMs: 0 }, prepare: (request) => request };
}

function hasRequestId(request: unknown): request is { readonly requestId: string } {
  return typeof request === 'object' && request !== null && 'requestId' in request;
}

/** Gives a change the request_id that lets it be repeated with one effect. */
function withRequestId(request: unknown): unknown {
  return hasRequestId(request) && request.requestId === ''
    ? { ...request, requestId: randomUUID() }
    : request;
}
