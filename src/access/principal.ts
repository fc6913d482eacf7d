// Owns what is known of whoever calls.
import type { Scope } from '../../gen/ts/dtms/v1/access.js';

export interface Principal {
  /** An API key, a client certificate, or nobody in particular: a server without keys is open. */
  readonly kind: 'key' | 'certificate' | 'open';
  /** The key's id, the certificate's subject, or the caller's address. */
  readonly id: string;
  /** For logs and audits. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The accounts it may see and act for; null means every account. */
  readonly accounts: ReadonlySet<string> | null;
  /** The feeds it may write, or beginnings of their names followed by `*`; null means all that `accounts` allows. */
  readonly feeds: readonly string[] | null;
}

/** Whoever calls before it is known: may do nothing. */
export const NOBODY: Principal = {
  kind: 'open',
  id: '',
  name: '',
  scopes: new Set(),
  accounts: new Set(),
  feeds: null,
};
