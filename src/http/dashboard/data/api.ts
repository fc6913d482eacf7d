// Owns calls of the REST interface: errors with their reasons, and pages.
import { aboutAccount } from './account-in-view.js';
import { ApiError } from './api-error.js';
import type { ServerClock } from './clock.js';
import type { Json } from './json.js';
import { forgetKey, type KeyKeeping, keepKey, keptKey, takeLink } from './kept-key.js';
import { Listeners, type Unsubscribe } from './listeners.js';

/** A value of a query parameter; several values are repeated, absent ones left out. */
export type QueryValue = string | number | boolean | readonly (string | number)[] | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

const CALL_MS = 30_000;
const MOST_PAGES = 20;

/** A path with its values percent-encoded. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((text, part, index) => text + encodeURIComponent(values[index - 1] ?? '') + part);
}

export class Api {
  readonly #clock: ServerClock;
  readonly #keyNeeded = new Listeners<ApiError>();
  readonly #keyChanged = new Listeners();
  readonly #accountChanged = new Listeners();
  #account: string | undefined;

  constructor(clock: ServerClock) {
    this.#clock = clock;
  }

  get hasKey(): boolean {
    return keptKey() !== null;
  }

  /** The account in view, which calls name that could be about all of them; undefined for all. */
  get account(): string | undefined {
    return this.#account;
  }

  lookAt(account: string | undefined): void {
    if (account === this.#account) return;
    this.#account = account;
    this.#accountChanged.tell();
  }

  onAccountChanged(listener: () => void): Unsubscribe {
    return this.#accountChanged.add(listener);
  }

  /** Uses another key from now on. */
  useKey(key: string, keeping: KeyKeeping): void {
    keepKey(key, keeping);
    this.#changeKey();
  }

  /** Forgets the key, on this device too. */
  forgetKey(): void {
    forgetKey();
    this.#changeKey();
  }

  /** Uses the key of a link, if the address is one. */
  followLink(): void {
    if (takeLink()) this.#changeKey();
  }

  /** Another one may be for other accounts. */
  #changeKey(): void {
    this.#account = undefined;
    this.#keyChanged.tell();
  }

  /** The server wants a key, or another one. */
  onKeyNeeded(listener: (error: ApiError) => void): Unsubscribe {
    return this.#keyNeeded.add(listener);
  }

  onKeyChanged(listener: () => void): Unsubscribe {
    return this.#keyChanged.add(listener);
  }

  /** @throws ApiError */
  async get<T>(target: string, query: Query = {}, { signal }: RequestOptions = {}): Promise<Json<T>> {
    return this.#json<T>(await this.open(withQuery(target, query), { signal: within(signal) }));
  }

  /** @throws ApiError */
  async post<T>(target: string, body: unknown, { signal }: RequestOptions = {}): Promise<Json<T>> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body), signal: within(signal) };
    return this.#json<T>(await this.open(target, init));
  }

  /** Page after page until the last, or until there are `most`. @throws ApiError */
  async *pages<T extends { nextPageToken: string }>(
    target: string,
    query: Query = {},
    { signal, most = MOST_PAGES }: RequestOptions & { readonly most?: number } = {},
  ): AsyncGenerator<Json<T>> {
    let pageToken: string | undefined;
    for (let page = 0; page < most; page += 1) {
      const answer = await this.get<T>(target, { ...query, pageToken }, { signal });
      yield answer;
      pageToken = tokenOf(answer);
      if (pageToken === '') return;
    }
  }

  /** An answer that is not an error, unread. @throws ApiError */
  async open(target: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const key = keptKey();
    if (key !== null) headers.set('authorization', `Bearer ${key}`);
    let response: Response;
    try {
      response = await fetch(aboutAccount(target, this.#account), {
        ...init,
        headers,
        cache: 'no-store',
        credentials: 'same-origin',
      });
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new ApiError(0, 'the server does not respond');
    }
    this.#clock.saw(response.headers.get('date'));
    if (response.ok) return response;
    const failure = await errorOf(response);
    if (failure.status === 401) this.#keyNeeded.tell(failure);
    throw failure;
  }

  async #json<T>(response: Response): Promise<Json<T>> {
    const body: Json<T> = await response.json();
    return body;
  }
}

/** A UUID that makes a repeat of a call answer as the first one did. Works without a secure context too. */
export function requestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, index) => {
    const value = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, '0');
  });
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What to show of anything that was thrown. */
export function problemText(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 401) return 'An API key is required.';
    if (error.status === 403) return `This key may not do that: ${error.message}`;
    return error.fields.length === 0 ? error.message : error.fields.join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

/** An error in the JSON the server writes: google.rpc.Status. */
export function errorFrom(status: number, body: unknown, retryAfter: string | null): ApiError {
  const { error } = record(body);
  const { message, details } = record(error);
  const list = Array.isArray(details) ? details.map(record) : [];
  const reason = list.find((detail) => typeof detail.reason === 'string')?.reason;
  const violations = list.flatMap(({ fieldViolations }) =>
    Array.isArray(fieldViolations) ? fieldViolations : [],
  );
  const seconds = Number(retryAfter ?? Number.NaN);
  return new ApiError(status, typeof message === 'string' ? message : `the server returned ${status}`, {
    reason: typeof reason === 'string' ? reason : '',
    fields: violations.map(record).map(({ field, description }) => `${field}: ${description}`),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  });
}

async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => ({}));
  return errorFrom(response.status, body, response.headers.get('retry-after'));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function tokenOf(answer: object): string {
  const token: unknown = Reflect.get(answer, 'nextPageToken');
  return typeof token === 'string' ? token : '';
}

function within(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(CALL_MS);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}

function withQuery(target: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  return parameters.size === 0 ? target : `${target}?${parameters}`;
}
