// Owns who a client's certificate says a call is from, where TLS asks for certificates.
import type { TLSSocket } from 'node:tls';
import type { Scope } from '../../gen/ts/dtms/v1/access.js';
import type { Principal } from '../access/principal.js';
import { granted } from '../access/scopes.js';
import { scopeNamed } from '../contract/scopes.js';
import type { Carrier, Interceptor } from './call.js';

/** What a certificate may do, by its subject's common name. */
export type CertificateGrants = readonly { readonly name: string; readonly scopes: readonly string[] }[];

/**
 * The callers of the open connections that came with a certificate, by what carries their calls, address and
 * port: a port of theirs may have a connection to each of our listeners. Read once per connection: taking a
 * certificate apart at every call would cost more than the call.
 */
export class ClientCertificates {
  readonly #scopes: ReadonlyMap<string, ReadonlySet<Scope>>;
  readonly #callers: Readonly<Record<Carrier, Map<string, Principal>>> = { grpc: new Map(), http: new Map() };

  constructor(grants: CertificateGrants) {
    this.#scopes = new Map(
      grants.map(({ name, scopes }) => [name, granted(scopes.flatMap((scope) => scopeNamed(scope) ?? []))]),
    );
  }

  /** Remembers whose connection this is, until it closes. */
  enter(socket: TLSSocket, via: Carrier): void {
    const callers = this.#callers[via];
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    // The port may have been another's until just now, whose close has not been told yet.
    callers.delete(peer);
    const name = socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined;
    // A certificate may have several common names; which of them counts would be anybody's guess.
    if (typeof name !== 'string' || name === '') return;
    const scopes = this.#scopes.get(name) ?? new Set();
    const caller: Principal = { kind: 'certificate', id: name, name, scopes, accounts: null, feeds: null };
    callers.set(peer, caller);
    socket.once('close', () => {
      if (callers.get(peer) === caller) callers.delete(peer);
    });
  }

  /** Who calls from this address and port; undefined without a certificate. */
  callerAt(peer: string, via: Carrier): Principal | undefined {
    return this.#callers[via].get(peer);
  }

  /** Tells each call its caller's certificate. */
  get interceptor(): Interceptor {
    return {
      name: 'client-certificate',
      aroundCall: (_method, next) => (call) => {
        const callers = this.#callers[call.via];
        if (callers.size > 0) call.certificate = callers.get(call.peer);
        return next(call);
      },
    };
  }
}
