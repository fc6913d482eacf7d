// Owns what two servers prove to each other before a byte passes between them: that both have the secret in their
// database, and serve the same history of its log. A copy of a database has the secret too, but begins another history.
import { createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type TLSSocket, type TlsOptions } from 'node:tls';
import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';

type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/** Pre-shared keys with forward secrecy: no certificates, and what is recorded today stays secret tomorrow. */
const TLS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ALPNProtocols: ['h2'],
} as const;

/** The key of one secret and one history of the log. */
export class ClusterKey {
  /** What names it to the other side. */
  readonly identity: string;
  readonly #key: Buffer;

  /**
   * @param secret - of the database, at least 32 bytes
   * @param serial - the secret's number; before there were several, the first had none in its name
   */
  constructor(secret: Uint8Array, logEpoch: string, serial = 1) {
    this.identity = serial === 1 ? logEpoch : `${logEpoch} ${serial}`;
    this.#key = createHmac('sha256', secret).update(`dtms cluster ${logEpoch}`).digest();
  }

  /** Of a server for others: whoever names another key, or has another secret, gets no connection. */
  get listening(): TlsOptions {
    return listeningWith(
      () => [this],
      () => undefined,
    );
  }

  /** The key itself, where it is the one that is named. */
  ifNamed(identity: string): Buffer | null {
    return identity === this.identity ? this.#key : null;
  }

  /** Of a channel to another server. */
  get credentials(): ChannelCredentials {
    return new KeyCredentials(this);
  }

  /** Proves it on a connection that is open; rejects when the other side does not. */
  secure(socket: Socket): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const secured: TLSSocket = connect(
        {
          ...TLS,
          socket,
          pskCallback: () => ({ psk: this.#key, identity: this.identity }),
          // There is no certificate: the handshake itself proves who it is.
          checkServerIdentity: () => undefined,
        },
        () => resolve(secured),
      );
      secured.once('error', reject);
      secured.once('close', () => reject(new Error('the other server does not know our key')));
    });
  }
}

/**
 * Takes connections that begin with one of the keys of the moment.
 *
 * @param named - told with which
 */
export function listeningWith(
  keys: () => readonly ClusterKey[],
  named: (socket: TLSSocket, identity: string) => void,
): TlsOptions {
  return {
    ...TLS,
    pskIdentityHint: 'dtms',
    pskCallback: (socket, identity) => {
      named(socket, identity);
      return (
        keys()
          .map((key) => key.ifNamed(identity))
          .find((key) => key !== null) ?? null
      );
    },
  };
}

class KeyCredentials extends ChannelCredentials {
  readonly #key: ClusterKey;

  constructor(key: ClusterKey) {
    super();
    this.#key = key;
  }

  _isSecure(): boolean {
    return true;
  }

  _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  _createSecureConnector(): SecureConnector {
    return {
      connect: async (socket) => ({ socket: await this.#key.secure(socket), secure: true }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => CallCredentials.createEmpty(),
      destroy: () => undefined,
    };
  }
}
