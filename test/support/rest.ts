// A caller of the REST gateway for tests: the JSON of a request in, what HTTP says of it out. It spreads a
// request over path, query and body by the option of the proto, without the server's own code for it.
import {
  type DescMethod,
  getOption,
  isMessage,
  type JsonObject,
  type JsonValue,
  toJson,
} from '@bufbuild/protobuf';
import { CONTRACT } from './grpc.js';

export const REGISTRY = CONTRACT.registry;

/** Every method of our services. */
export const METHODS: readonly DescMethod[] = [...REGISTRY]
  .filter((desc) => desc.kind === 'service')
  .filter(({ typeName }) => typeName.startsWith('dtms.v1.'))
  .flatMap(({ methods }) => methods);

export const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonValue;
}

interface Rule {
  readonly http: string;
  readonly template: string;
  readonly body: boolean;
}

/** The method and the path of its google.api.http option. */
export function ruleOf(method: DescMethod): Rule {
  const extension = REGISTRY.getExtension('google.api.http');
  if (extension?.message === undefined) throw new Error('no google.api.http');
  const option = getOption(method, extension);
  if (!isMessage(option)) throw new Error(`${method.name} has no ${extension.typeName}`);
  const rule: unknown = toJson(extension.message, option);
  for (const http of ['get', 'put', 'post', 'patch', 'delete']) {
    const template: unknown = Reflect.get(Object(rule), http);
    if (typeof template === 'string')
      return { http: http.toUpperCase(), template, body: Reflect.get(Object(rule), 'body') === '*' };
  }
  throw new Error(`${method.name} has no route`);
}

/** The request's HTTP: its method, its path with the query, and its body. */
export function spread(method: DescMethod, request: JsonObject) {
  const { http, template, body } = ruleOf(method);
  const rest: Record<string, JsonValue> = { ...request };
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const field = method.input.fields.find((each) => each.name === name);
    const key = field?.jsonName ?? name;
    const value = String(rest[key] ?? '');
    delete rest[key];
    return encodeURIComponent(value);
  });
  if (body) return { http, url: path, body: JSON.stringify(rest) };
  const query = new URLSearchParams(flat(rest, ''));
  return { http, url: query.size === 0 ? path : `${path}?${query}`, body: undefined };
}

function flat(value: JsonValue, place: string): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item) => flat(item, place));
  if (typeof value !== 'object' || value === null) return [[place, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, place === '' ? key : `${place}.${key}`));
}

export class Rest {
  readonly #base: string;

  /** @param address host:port */
  constructor(address: string) {
    this.#base = `http://${address}`;
  }

  /** Calls a method; a stream is read to its end as lines. */
  async call(
    method: DescMethod,
    request: JsonObject,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const { http, url, body } = spread(method, request);
    const streams = method.methodKind !== 'unary';
    const type = method.methodKind === 'bidi_streaming' ? 'application/x-ndjson' : 'application/json';
    const response = await this.fetch(url, {
      method: http,
      headers: {
        ...(body === undefined ? {} : { 'content-type': type }),
        ...(streams ? { accept: 'application/x-ndjson' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const lines = streams && response.ok ? text.trim().split('\n') : [];
    const parsed: JsonValue =
      streams && response.ok ? lines.map((line) => JSON.parse(line)) : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed };
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.#base + path, init);
  }
}

/** What an error's body says, as gRPC's status would. */
export function errorIn(body: JsonValue): {
  readonly code: number;
  readonly reason: string;
  readonly fields: readonly string[];
  readonly message: string;
} {
  const error = Object(Reflect.get(Object(body), 'error'));
  const details: readonly unknown[] = Array.isArray(error.details) ? error.details : [];
  const find = (name: string) => Object(details.find((each) => String(Object(each)['@type']).endsWith(name)));
  const violations: readonly unknown[] = find('BadRequest').fieldViolations ?? [];
  return {
    code: error.code,
    message: error.message,
    reason: find('ErrorInfo').reason,
    fields: violations.map((violation) => String(Object(violation).field)),
  };
}
