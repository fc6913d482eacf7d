// Owns the option google.api.http: by which HTTP methods and paths a method is reached.
import type { DescExtension, DescMethod } from '@bufbuild/protobuf';
import { isReflectList, isReflectMessage, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { optionOf, setFields } from './options.js';

export const HTTP_METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** One way to reach a method over HTTP. */
export interface HttpBinding {
  readonly http: HttpMethod;
  /** Such as "/v1/dtms/accounts/{account}:report". */
  readonly template: string;
  /** True when the request is the body, but for what the path holds; else it is in the query. */
  readonly hasBody: boolean;
}

/** @throws TypeError when the option asks for what is not served. */
export function bindingsOf(method: DescMethod, extension: DescExtension): readonly HttpBinding[] {
  const rule = optionOf(method, extension);
  return rule === undefined ? [] : read(rule, method);
}

/** A rule and its additional bindings. */
function read(rule: ReflectMessage, method: DescMethod): readonly HttpBinding[] {
  const more: HttpBinding[] = [];
  let route: Pick<HttpBinding, 'http' | 'template'> | undefined;
  let body: unknown = '';
  for (const [{ name }, value] of setFields(rule)) {
    const http = HTTP_METHODS.find((each) => each.toLowerCase() === name);
    if (http !== undefined) route = { http, template: String(value) };
    else if (name === 'body') body = value;
    else if (name === 'additional_bindings' && isReflectList(value))
      for (const each of value) more.push(...(isReflectMessage(each) ? read(each, method) : []));
    else throw new TypeError(`${method}: ${name} of its route is not served`);
  }
  if (route === undefined) throw new TypeError(`${method}: its route has a method that is not served`);
  if (body !== '' && body !== '*') throw new TypeError(`${method}: the body ${body} is not served`);
  return [{ ...route, hasBody: body === '*' }, ...more];
}
