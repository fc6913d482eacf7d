// Owns the shape of the service definitions that are generated from the protos: what servers and clients are made of.
import type { BinaryWriter } from '@bufbuild/protobuf/wire';

/** The part of a generated message type that carries messages. */
export interface MessageCodec<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(bytes: Uint8Array): T;
  fromPartial(init: object): T;
}

/** A method of a generated definition such as `TradeServiceDefinition`. */
export interface MethodDefinition {
  readonly name: string;
  readonly requestType: MessageCodec<unknown>;
  readonly requestStream: boolean;
  readonly responseType: MessageCodec<unknown>;
  readonly responseStream: boolean;
  /** By number and wire type, the options that no generated code reads. */
  readonly options: { readonly _unknownFields?: Readonly<Record<number, readonly Uint8Array[]>> };
}

export interface ServiceDefinition {
  /** Such as dtms.v1.TradeService. */
  readonly fullName: string;
  /** By their names in camelCase. */
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

export type RequestOf<M extends MethodDefinition> = ReturnType<M['requestType']['decode']>;
export type ResponseOf<M extends MethodDefinition> = ReturnType<M['responseType']['decode']>;

/** The full name of a method, such as /dtms.v1.TradeService/GetTrade. */
export function methodPath({ fullName }: ServiceDefinition, { name }: MethodDefinition): string {
  return `/${fullName}/${name}`;
}
