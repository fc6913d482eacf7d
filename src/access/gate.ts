// Owns who is let in: says whose call it is, and keeps looking at the keys of open streams.
import type { Metadata } from '@grpc/grpc-js';
import type { Scope } from '../../gen/ts/dtms/v1/access.js';
import { SCOPES, scopeNamed } from '../contract/scopes.js';
import { type AuthenticationFault, unauthenticated } from '../errors/access.js';
import type { DtmsError } from '../errors/errors.js';
import type { Logger } from '../observability/logger.js';
import type { KeyTable } from '../store/keys.js';
import type { StoredKey } from '../store/types.js';
import { keyIdWithin, parseApiKey, sameText, secretMatches } from './api-key.js';
import { keyTextOf } from './credentials.js';
import { KeyCache, type KnownKey } from './key-cache.js';
import { type Access, type Door, settleDoor } from './policy.js';
import type { Principal } from './principal.js';
import { granted } from './scopes.js';

/** What the gate needs of a call. */
export interface Visitor {
  readonly metadata: Metadata;
  /** The caller's address and port. */
  readonly peer: string;
  /** Who the client's certificate says it is; undefined without one. */
  readonly certificate?: Principal | undefined;
}

/** A caller that another server admitted, as that server names it. */
export type Vouched =
  | { readonly kind: 'key'; readonly id: string }
  | {
      readonly kind: 'certificate';
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
    }
  | { readonly kind: 'open' };

/** An open stream, which the gate can end. */
export interface OpenStream {
  readonly principal: Principal;
  end(error: DtmsError): void;
}

export interface GateOptions {
  /** Whether calls without a key are let in as the gate opens. */
  readonly door: Door;
  /** Between two looks at the keys of open streams, in ms. */
  readonly lookMs: number;
  /** Between two records of which keys were used, in ms. */
  readonly recordUseMs: number;
}

/** Streams end within one look and one query of their key's end: well under the 5 s promised. */
export const GATE_TIMES = { lookMs: 1000, recordUseMs: 60_000 } as const;

type Keys = Pick<KeyTable, 'find' | 'touch' | 'presence'>;

export class Gate {
  readonly #keys: Keys;
  readonly #options: GateOptions;
  readonly #logger: Logger;
  readonly #cache: KeyCache;
  readonly #streams = new Set<OpenStream>();
  /** Who a key stands for: one object per look-up, not per call. */
  readonly #principals = new WeakMap<StoredKey, Principal>();
  /** The keys of open streams as the last look saw them. */
  #seen: ReadonlyMap<string, KnownKey> = new Map();
  #used = new Set<string>();
  #recordedAt = performance.now();
  #door: Door;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(keys: Keys, options: GateOptions, logger: Logger) {
    this.#keys = keys;
    this.#options = options;
    this.#logger = logger;
    this.#door = options.door;
    this.#cache = new KeyCache((keyIds) => keys.find(keyIds));
  }

  /** Begins to look after open streams. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look()
        .catch((error: unknown) =>
          // Nobody can have been told of a change the database did not take; the next look will see.
          this.#logger.warn({ error }, 'the API keys could not be looked at; trying again'),
        )
        .finally(() => {
          this.#looking = undefined;
        });
    }, this.#options.lookMs);
    this.#timer.unref();
  }

  /** Ends the looks, and records which keys were used. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#recordUse().catch((error: unknown) =>
      this.#logger.warn({ error }, 'the last use of API keys was not recorded'),
    );
  }

  /**
   * Whose call it is; at once when its key is remembered. A key is checked wherever one is sent, also
   * where none is needed.
   *
   * @throws DtmsError UNAUTHENTICATED, StoreUnavailableError
   */
  admit(visitor: Visitor): Principal | Promise<Principal> {
    const text = keyTextOf(visitor.metadata);
    if (text === undefined) {
      if (visitor.certificate !== undefined) return visitor.certificate;
      if (this.#door !== 'closed') return new Anyone(visitor);
      throw unauthenticated('missing');
    }
    // The usual case: this very key was proven since it was looked up.
    const remembered = this.#cache.recall(keyIdWithin(text));
    if (remembered?.proven !== undefined && sameText(text, remembered.proven)) return this.#enter(remembered);
    const key = parseApiKey(text);
    if (key === undefined) throw unauthenticated('invalid');
    const known = this.#cache.get(key.keyId);
    if (known instanceof Promise) return known.then((found) => this.#verify(key.secret, text, found));
    return this.#verify(key.secret, text, known);
  }

  /**
   * Whose call another server passed on. That server proved who it is; what a key may do is looked up here as well.
   *
   * @throws DtmsError UNAUTHENTICATED, StoreUnavailableError
   */
  admitVouched(vouched: Vouched, visitor: Visitor): Principal | Promise<Principal> {
    if (vouched.kind === 'key') {
      const known = this.#cache.get(vouched.id);
      return known instanceof Promise ? known.then((found) => this.#enter(found)) : this.#enter(known);
    }
    if (vouched.kind === 'certificate') {
      const { kind, id, name, scopes } = vouched;
      return { kind, id, name, scopes: granted(scopes), accounts: null, feeds: null };
    }
    if (this.#door === 'closed') throw unauthenticated('missing');
    return new Anyone(visitor);
  }

  /** Whether a call needs no look-up: its key was found before, or it is let in without one. */
  isFamiliar({ metadata, certificate }: Pick<Visitor, 'metadata' | 'certificate'>): boolean {
    const [text] = [...metadata.get('x-api-key'), ...metadata.get('authorization')].map(String);
    if (text === undefined) return certificate !== undefined || this.isOpen;
    return this.#cache.knew(keyIdWithin(text.replace(/^bearer +/i, '')));
  }

  /** Whether calls without a key are let in. */
  get isOpen(): boolean {
    return this.#door !== 'closed';
  }

  /** Looks after a stream until the returned function is called. */
  watch(stream: OpenStream): () => void {
    this.#streams.add(stream);
    return () => this.#streams.delete(stream);
  }

  #verify(secret: string, text: string, known: KnownKey): Principal {
    // The secret first: who does not know it learns nothing of the key.
    if (!secretMatches(secret, known.key?.hash)) throw unauthenticated('invalid');
    known.proven = text;
    return this.#enter(known);
  }

  /** Lets in whoever has proven to have this key. */
  #enter(known: KnownKey): Principal {
    if (known.key === null) throw unauthenticated('invalid');
    const fault = faultOf(known);
    if (fault !== null) throw unauthenticated(fault);
    this.#used.add(known.key.keyId);
    return this.#principalOf(known.key);
  }

  #principalOf(key: StoredKey): Principal {
    const known = this.#principals.get(key);
    if (known !== undefined) return known;
    const made = principalOf(key);
    this.#principals.set(key, made);
    return made;
  }

  async #look(): Promise<void> {
    if (this.#door === 'open-until-keys' && (await this.#keys.presence()).any) {
      this.#door = 'closed';
      this.#logger.warn('an API key was made: calls without one are refused from now on');
    }
    if (this.#door === 'closed') {
      for (const stream of this.#streams)
        if (stream.principal.kind === 'open') stream.end(unauthenticated('missing'));
    }
    const streams = [...this.#streams].filter(({ principal }) => principal.kind === 'key');
    // When a key ends is known before: it ends with the database away, too.
    for (const stream of streams) {
      const seen = this.#seen.get(stream.principal.id);
      if (seen !== undefined && faultOf(seen) === 'expired') stream.end(unauthenticated('expired'));
    }
    const keyIds = [...new Set(streams.map(({ principal }) => principal.id))];
    const known = keyIds.length === 0 ? [] : await this.#cache.refresh(keyIds);
    this.#seen = new Map(known.map((one, index) => [keyIds[index] ?? '', one]));
    for (const stream of streams) {
      const fault = this.#changed(stream.principal, this.#seen.get(stream.principal.id));
      if (fault !== null) stream.end(unauthenticated(fault));
    }
    if (performance.now() - this.#recordedAt >= this.#options.recordUseMs) await this.#recordUse();
  }

  /** Why a stream of this caller may not go on; null when it may. */
  #changed(principal: Principal, known: KnownKey | undefined): AuthenticationFault | null {
    if (known === undefined || known.key === null) return 'revoked';
    const fault = faultOf(known);
    if (fault !== null) return fault;
    return rightsOf(this.#principalOf(known.key)) === rightsOf(principal) ? null : 'changed';
  }

  async #recordUse(): Promise<void> {
    this.#recordedAt = performance.now();
    if (this.#used.size === 0) return;
    const used = this.#used;
    this.#used = new Set();
    await this.#keys.touch([...used]);
  }
}

/** Opens the gate as the configuration and the keys there are say; see settleDoor. */
export async function openGate(keys: KeyTable, access: Access, logger: Logger): Promise<Gate> {
  const door = settleDoor(access, await keys.presence(), logger);
  return new Gate(keys, { door, ...GATE_TIMES }, logger);
}

function faultOf({ key, endsAt }: KnownKey): 'revoked' | 'expired' | null {
  if (key !== null && key.revokedAt !== null) return 'revoked';
  // Most keys have no end, and need no clock.
  return endsAt !== Number.POSITIVE_INFINITY && performance.now() >= endsAt ? 'expired' : null;
}

function principalOf({ keyId, name, scopes, accounts, feeds }: StoredKey): Principal {
  return {
    kind: 'key',
    id: keyId,
    name,
    scopes: granted(scopes.flatMap((scope) => scopeNamed(scope) ?? [])),
    accounts: accounts === null ? null : new Set(accounts),
    feeds,
  };
}

const rightsOf = ({ scopes, accounts, feeds }: Principal): string =>
  JSON.stringify([[...scopes].sort(), accounts === null ? null : [...accounts].sort(), feeds]);

const EVERYTHING = granted(SCOPES);

/** Whoever calls a server that is open. Its address is asked for only when somebody wants to know. */
class Anyone implements Principal {
  readonly kind = 'open';
  readonly name = 'anonymous';
  readonly scopes = EVERYTHING;
  readonly accounts = null;
  readonly feeds = null;
  readonly #visitor: Visitor;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
  }

  /** The caller's address without its port. */
  get id(): string {
    const { peer } = this.#visitor;
    const port = peer.lastIndexOf(':');
    return port === -1 ? peer : peer.slice(0, port);
  }
}
