// Owns what the old routes ask the service with: calls of its own procedures in the name of an HTTP request,
// through the whole chain, with messages instead of JSON; and what such a call failed with.
import type { JsonObject } from '@bufbuild/protobuf';
import type { FastifyRequest } from 'fastify';
import { type Reason, reasonNamed } from '../../errors/errors.js';
import type { Failure, HttpTools } from '../plugin.js';

/** A unary method and its messages. */
export interface LegacyMethod<Req, Res> {
  /** The full name, such as /dtms.v1.TradeService/GetTrade. */
  readonly path: string;
  readonly request: { toJSON(message: Req): unknown };
  readonly response: { fromJSON(json: unknown): Res };
}

/** What a caller is told of a call that failed. */
export interface FailureReport {
  /** The HTTP status. */
  readonly status: number;
  /** The canonical code's name, such as UNAVAILABLE. */
  readonly code: string;
  /** undefined when the error names none of ours. */
  readonly reason: Reason | undefined;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Paths of the fields at fault, as the proto names them. */
  readonly fields: readonly string[];
}

/** A call that the service refused or failed. */
export class CallFailure extends Error {
  readonly report: FailureReport;

  constructor(report: FailureReport) {
    super(report.message);
    this.name = 'CallFailure';
    this.report = report;
  }
}

/** Makes unary calls with the key, the address and the correlation id of one HTTP request. */
export class LegacyCaller {
  readonly #tools: Pick<HttpTools, 'call'>;
  readonly #from: FastifyRequest;
  #headers: Readonly<Record<string, string>> = {};

  constructor(tools: Pick<HttpTools, 'call'>, from: FastifyRequest) {
    this.#tools = tools;
    this.#from = from;
  }

  /** What the last call wants sent along with the answer. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  /**
   * @param read makes the request once the caller is known to be allowed; a DtmsError it throws is the failure
   * @throws CallFailure
   */
  async call<Req, Res>({ path, request, response }: LegacyMethod<Req, Res>, read: () => Req): Promise<Res> {
    const json = () => request.toJSON(read()) as JsonObject;
    const answer = await this.#tools.call(path, json, this.#from);
    this.#headers = answer.headers;
    if (!answer.ok) throw new CallFailure(reportOf(answer));
    return response.fromJSON(answer.body);
  }
}

function reportOf({ status, body }: Failure): FailureReport {
  const { error } = body;
  const details: readonly JsonObject[] = error.details;
  const info = details.find((detail) => String(detail['@type']).endsWith('google.rpc.ErrorInfo'));
  const request = details.find((detail) => String(detail['@type']).endsWith('google.rpc.BadRequest'));
  const violations = Array.isArray(request?.fieldViolations) ? request.fieldViolations : [];
  return {
    status,
    code: error.status,
    reason: reasonNamed(String(info?.reason ?? '')),
    message: error.message,
    metadata: (info?.metadata ?? {}) as Readonly<Record<string, string>>,
    fields: violations.map((violation) => String((violation as JsonObject).field)),
  };
}
