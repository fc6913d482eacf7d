// Owns which method answers which HTTP request: made at the start from the bindings of the contract. A method without
// a route, or two methods for one request, stop the start.
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { Contract, ContractMethod } from '../contract/contract.js';
import type { RuleBook } from '../contract/field-rules.js';
import type { HttpBinding, HttpMethod } from '../contract/http.js';
import { PathTemplate, type Variables } from './path-template.js';

export interface Route extends Pick<HttpBinding, 'http' | 'hasBody'> {
  readonly method: ContractMethod;
  readonly template: PathTemplate;
  /** The variables that hold no colon, numbers and most names: no path with a verb of another route is one of this. */
  readonly plain: readonly string[];
}

/** A request's route, or which methods its path would take. */
export type RouteMatch =
  | { readonly route: Route; readonly variables: Variables }
  | { readonly route: undefined; readonly allowed: readonly HttpMethod[] };

export class RouteTable {
  readonly routes: readonly Route[];

  /**
   * @param paths full names of the methods that must be reachable
   * @throws TypeError when a method has no route, or a route that cannot be served or is not its own
   */
  constructor(contract: Contract, paths: readonly string[]) {
    const routes = paths.flatMap((path) => routesOf(contract, contract.method(path)));
    const taken = new Map<string, Route>();
    for (const route of routes) {
      const key = `${route.http} ${route.template.shape}`;
      const other = taken.get(key);
      if (other !== undefined)
        throw new TypeError(`${other.method.path} and ${route.method.path} have the same route: ${key}`);
      taken.set(key, route);
    }
    this.routes = routes.sort((a, b) => b.template.precision - a.template.precision);
  }

  /** The route of a request by its path as it was sent, without its query. @throws URIError, see match. */
  find(http: string, path: string): RouteMatch {
    const allowed = new Set<HttpMethod>();
    for (const route of this.routes) {
      const variables = route.template.match(path);
      if (variables === null || route.plain.some((field) => variables.get(field)?.includes(':'))) continue;
      if (route.http === http) return { route, variables };
      allowed.add(route.http);
    }
    return { route: undefined, allowed: [...allowed] };
  }
}

function routesOf({ rules }: Contract, method: ContractMethod): Route[] {
  const { path, kind, desc, bindings } = method;
  if (bindings.length === 0) throw new TypeError(`${path} has no route`);
  return bindings.map(({ http, template: text, hasBody }) => {
    if (kind === 'bidi' && !hasBody) throw new TypeError(`${path}: its requests are its body`);
    const template = new PathTemplate(text);
    const targets = template.fields.map((field) => [field, targetOf(desc.input, field)] as const);
    for (const [field, target] of targets) {
      if (target === undefined)
        throw new TypeError(`${path}: ${text} names ${field}, which is no single value`);
    }
    const plain = targets.filter(([, target]) => target !== undefined && holdsNoColon(rules, target));
    return { method, http, template, hasBody, plain: plain.map(([field]) => field) };
  });
}

/** The field that a field path of the request ends at; undefined when it is no single value. */
function targetOf(request: DescMessage, path: string): DescField | undefined {
  let at: DescMessage | undefined = request;
  let last: DescField | undefined;
  for (const name of path.split('.')) {
    last = at?.fields.find((each) => each.name === name);
    if (last === undefined) return undefined;
    at = last.fieldKind === 'message' ? last.message : undefined;
  }
  return last?.fieldKind === 'enum' || last?.fieldKind === 'scalar' ? last : undefined;
}

function holdsNoColon(rules: RuleBook, field: DescField): boolean {
  if (field.fieldKind !== 'scalar') return false;
  if (field.scalar !== ScalarType.STRING) return true;
  const pattern = rules.of(field).rules.find(({ name }) => name === 'string.pattern');
  return pattern !== undefined && !new RegExp(String(pattern.operand), 'u').test('a:b');
}
