// Owns TLS: the server's certificate, whose clients' certificates count, and noticing when their files
// change. What comes out of it are decrypted sockets.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from '../observability/logger.js';

export interface TlsOptions {
  /** The file with the certificate and its chain, PEM. */
  readonly cert: string;
  /** The file with its private key, PEM. */
  readonly key: string;
  /** The file with who may sign clients' certificates, PEM; empty asks for none. */
  readonly ca: string;
  /** With a ca: whether a client without a certificate is let in. */
  readonly clientCertificates: 'required' | 'optional';
  /** Between two looks at the files. */
  readonly reloadMs: number;
}

/** How a connection begins. */
export interface Handshake {
  /** How long it may take. */
  readonly handshakeMs: number;
  /** What is spoken after it, by its name in ALPN. */
  readonly protocol: 'h2' | 'http/1.1';
}

/** Takes over a connection whose handshake is done. */
export type SecureListener = (socket: TLSSocket) => void;

interface Material {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

const MIN_VERSION = 'TLSv1.2';

export class TlsFront {
  readonly #server: Server;
  readonly #options: TlsOptions;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #seen: Material;

  private constructor(
    options: TlsOptions,
    material: Material,
    { handshakeMs, protocol }: Handshake,
    secured: SecureListener,
    logger: Logger,
  ) {
    this.#options = options;
    this.#logger = logger;
    this.#seen = material;
    this.#server = createServer({
      ...contextOf(material),
      ALPNProtocols: [protocol],
      requestCert: material.ca !== undefined,
      rejectUnauthorized: material.ca !== undefined && options.clientCertificates === 'required',
      handshakeTimeout: handshakeMs,
    });
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', () => undefined);
      if (forged(socket)) socket.destroy();
      else secured(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => {
      logger.debug({ error, peer: socket.remoteAddress }, 'a TLS handshake failed');
      socket.destroy();
    });
    this.#timer = setInterval(() => void this.reload(), options.reloadMs);
    this.#timer.unref();
  }

  /**
   * Reads the files. Rejects when one cannot be read, or key and certificate do not belong together.
   *
   * @param secured takes over every connection whose handshake is done
   */
  static async open(
    options: TlsOptions,
    handshake: Handshake,
    secured: SecureListener,
    logger: Logger,
  ): Promise<TlsFront> {
    const material = await read(options);
    check(material);
    return new TlsFront(options, material, handshake, secured, logger);
  }

  /** Takes a connection as it came in. */
  secure(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  /**
   * Looks at the files once. When they changed, new connections get the new certificate; when they
   * cannot be used, the one before stays. Never rejects.
   */
  async reload(): Promise<void> {
    try {
      const material = await read(this.#options);
      if (same(material, this.#seen)) return;
      // Also when it is of no use: it is said once.
      this.#seen = material;
      check(material);
      this.#server.setSecureContext(contextOf(material));
      const { subject, validTo } = new X509Certificate(material.cert);
      this.#logger.info({ subject, valid_to: validTo }, 'a new certificate is served');
    } catch (error) {
      this.#logger.error({ error }, 'the TLS files cannot be used; the certificate before is served on');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

async function read({ cert, key, ca }: TlsOptions): Promise<Material> {
  const text = (file: string) => readFile(file, 'utf8');
  const [certText, keyText, caText] = await Promise.all([
    text(cert),
    text(key),
    ca === '' ? undefined : text(ca),
  ]);
  return { cert: certText, key: keyText, ca: caText };
}

function contextOf(material: Material) {
  return { ...material, minVersion: MIN_VERSION } as const;
}

/** @throws Error when the key is not the certificate's, or one of them is not PEM. */
function check(material: Material): void {
  createSecureContext(contextOf(material));
}

function same(a: Material, b: Material): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca;
}

/** A certificate nobody we trust has signed. One that is not there is no lie. */
function forged(socket: TLSSocket): boolean {
  return !socket.authorized && Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
}
