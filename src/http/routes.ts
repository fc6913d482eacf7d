// Owns which method answers which HTTP request: read at the start from the google.api.http options of the
// protos. A method without a route, or two methods for one request, stop the start.
import {
  type DescField,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  getOption,
  hasOption,
  type Message,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import { PathTemplate, type Variables } from './path-template.js';

const OPTION = 'google.api.http';
export const HTTP_METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export interface Route {
  /** The full name of the method, such as /dtms.v1.TradeService/GetTrade. */
  readonly path: string;
  readonly kind: 'unary' | 'serverStream' | 'bidi';
  readonly http: HttpMethod;
  readonly template: PathTemplate;
  /** The variables that hold numbers: no path with a verb of another route is one of this. */
  readonly numbers: readonly string[];
  /** True when the request is the body, but for what the path holds; else it is in the query. */
  readonly hasBody: boolean;
  readonly input: DescMessage;
  readonly output: DescMessage;
  readonly descriptor: DescMethod;
}

/** A request's route, or which methods its path would take. */
export type Found =
  | { readonly route: Route; readonly variables: Variables }
  | { readonly route: undefined; readonly allowed: readonly HttpMethod[] };

export class RouteTable {
  readonly routes: readonly Route[];

  /**
   * @param services full names of the services that must be reachable
   * @throws TypeError when a method has no route, or a route that cannot be served or is not its own
   */
  constructor(registry: FileRegistry, services: readonly string[]) {
    const routes = services.flatMap((name) => {
      const service = registry.getService(name);
      if (service === undefined) throw new TypeError(`the descriptor set does not describe ${name}`);
      return service.methods.flatMap((method) => routesOf(method, registry));
    });
    const taken = new Map<string, Route>();
    for (const route of routes) {
      const key = `${route.http} ${route.template.shape}`;
      const other = taken.get(key);
      if (other !== undefined)
        throw new TypeError(`${other.path} and ${route.path} have the same route: ${key}`);
      taken.set(key, route);
    }
    this.routes = routes.sort((a, b) => b.template.precision - a.template.precision);
  }

  /** The route of a request by its path as it was sent, without its query. @throws URIError, see match. */
  find(http: string, path: string): Found {
    const allowed = new Set<HttpMethod>();
    for (const route of this.routes) {
      const variables = route.template.match(path);
      if (variables === null || route.numbers.some((field) => variables.get(field)?.includes(':'))) continue;
      if (route.http === http) return { route, variables };
      allowed.add(route.http);
    }
    return { route: undefined, allowed: [...allowed] };
  }
}

/** What google.api.HttpRule holds, as far as it is served. */
interface Rule {
  readonly http: HttpMethod;
  readonly template: string;
  readonly body: string;
}

function routesOf(method: DescMethod, registry: FileRegistry): Route[] {
  const path = `/${method.parent.typeName}/${method.name}`;
  if (method.methodKind === 'client_streaming') throw new TypeError(`${path}: its kind is not served`);
  const kind = ({ unary: 'unary', server_streaming: 'serverStream', bidi_streaming: 'bidi' } as const)[
    method.methodKind
  ];
  return rulesOf(method, registry, path).map(({ http, template, body }) => {
    if (body !== '' && body !== '*') throw new TypeError(`${path}: the body ${body} is not served`);
    if (kind === 'bidi' && body !== '*') throw new TypeError(`${path}: its requests are its body`);
    const parsed = new PathTemplate(template);
    const route: Route = {
      path,
      kind,
      http,
      template: parsed,
      numbers: parsed.fields.filter((field) => targetOf(method.input, field) === 'number'),
      hasBody: body === '*',
      input: method.input,
      output: method.output,
      descriptor: method,
    };
    for (const field of parsed.fields) {
      if (targetOf(method.input, field) === null)
        throw new TypeError(`${path}: ${template} names ${field}, which is no single value`);
    }
    return route;
  });
}

function rulesOf(method: DescMethod, registry: FileRegistry, path: string): Rule[] {
  const extension = registry.getExtension(OPTION);
  if (extension?.message === undefined || !hasOption(method, extension))
    throw new TypeError(`${path} has no ${OPTION}`);
  const option = getOption(method, extension);
  if (!isMessage(option)) throw new TypeError(`${path}: ${OPTION} is not a message`);
  const rule = toJson(extension.message, option, { registry });
  const more: unknown = Reflect.get(Object(rule), 'additionalBindings');
  return [rule, ...(Array.isArray(more) ? more : [])].map((each: unknown) => read(each, path));
}

function read(rule: unknown, path: string): Rule {
  const text = (name: string): string => {
    const value: unknown = Reflect.get(Object(rule), name);
    return typeof value === 'string' ? value : '';
  };
  const http = HTTP_METHODS.find((each) => text(each.toLowerCase()) !== '');
  if (http === undefined) throw new TypeError(`${path}: its route has a method that is not served`);
  return { http, template: text(http.toLowerCase()), body: text('body') };
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && '$typeName' in value;
}

/** What a field path of the request ends at; null when that is no single value. */
function targetOf(request: DescMessage, path: string): 'text' | 'number' | null {
  let at: DescMessage | undefined = request;
  let last: DescField | undefined;
  for (const name of path.split('.')) {
    last = at?.fields.find((each) => each.name === name);
    if (last === undefined) return null;
    at = last.fieldKind === 'message' ? last.message : undefined;
  }
  if (last?.fieldKind === 'enum') return 'text';
  if (last?.fieldKind !== 'scalar') return null;
  return last.scalar === ScalarType.STRING ? 'text' : 'number';
}
