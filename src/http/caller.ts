// Owns calling unary methods for HTTP requests: JSON in, the chain, JSON or an error out.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '@bufbuild/protobuf';
import type { Contract, ContractMethod } from '../contract/contract.js';
import { deadlineExceeded, internal } from '../errors/errors.js';
import { httpFailure, httpFailureOf } from '../errors/json.js';
import { LARGE_BYTES } from '../interceptors/large-requests.js';
import type { Procedure, UnaryProcedure } from '../interceptors/procedure.js';
import type { Logger } from '../observability/logger.js';
import type { Answer, Failure } from './plugin.js';
import type { Transcoder } from './transcoder.js';
import { correlationOf, HttpRequestTransport } from './transport.js';

/** An HTTP request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Callable {
  readonly procedure: UnaryProcedure;
  readonly desc: ContractMethod['desc'];
}

export class UnaryCaller {
  readonly #methods = new Map<string, Callable>();
  readonly #transcoder: Transcoder;
  readonly #logger: Logger;

  constructor(procedures: Iterable<Procedure>, contract: Contract, transcoder: Transcoder, logger: Logger) {
    this.#transcoder = transcoder;
    this.#logger = logger;
    for (const procedure of procedures) {
      if (procedure.kind !== 'unary') continue;
      this.#methods.set(procedure.path, { procedure, desc: contract.method(procedure.path).desc });
    }
  }

  /**
   * Calls a method by its full name. Never rejects for what goes wrong in the call.
   *
   * @param json - makes the request; called only for callers that may call the method
   * @throws TypeError when there is no such unary method
   */
  call(path: string, json: () => JsonObject, { request, response }: Exchange): Promise<Answer> {
    const method = this.#methods.get(path);
    if (method === undefined) throw new TypeError(`${path} is no unary method that is served`);
    const { procedure, desc } = method;
    const transport = new HttpRequestTransport(request, response, () =>
      this.#transcoder.toBytes(desc.input, json()),
    );
    return new Promise((resolve) => {
      // Whoever waits hears of the end of the wait; who is gone hears nothing.
      transport.once('cancelled', () =>
        resolve(failed(httpFailureOf(deadlineExceeded(), correlationOf(request)))),
      );
      procedure.call(transport, bytesOf(request), (call, failure) => {
        if (failure !== undefined) return resolve(failed(httpFailure(failure)));
        try {
          const body = this.#transcoder.toJson(desc.output, call.response ?? new Uint8Array());
          resolve({ ok: true, status: 200, headers: {}, body });
        } catch (error) {
          this.#logger.error({ error, correlation_id: call.correlationId }, 'an answer could not be written');
          resolve(failed(httpFailureOf(internal(error), call.correlationId)));
        }
      });
    });
  }
}

/** A body of unknown length is taken for a large one. */
function bytesOf({ headers }: IncomingMessage): number {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return Number(length ?? (encoding === undefined ? 0 : LARGE_BYTES));
}

function failed(failure: Omit<Failure, 'ok'>): Failure {
  return { ok: false, ...failure };
}
