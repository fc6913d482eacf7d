// Owns TLS: the server's certificate, whose clients' certificates count, and noticing when their files
// change. What comes out of it are decrypted sockets.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';
import { inBackground } from '../observability/background.js';
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

/** A file that TLS was told to use is of no use. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError';
}

export class TlsFront {
  readonly #server: Server;
  readonly #options: TlsOptions;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  /** Open connections that came with a certificate. */
  readonly #certified = new Set<TLSSocket>();
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
      if (forged(socket)) {
        socket.destroy();
        return;
      }
      if (socket.authorized) this.#remember(socket);
      secured(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => {
      logger.debug({ error, peer: socket.remoteAddress }, 'a TLS handshake failed');
      socket.destroy();
    });
    this.#timer = setInterval(() => inBackground(this.reload()), options.reloadMs);
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
    try {
      check(material);
    } catch (error) {
      throw new TlsFilesError(
        `tls.key (${options.key}) and tls.cert (${options.cert}) cannot be used together: ${textOf(error)}`,
        { cause: error },
      );
    }
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
      const before = this.#seen.ca;
      this.#seen = material;
      check(material);
      this.#server.setSecureContext(contextOf(material));
      if (material.ca !== before) this.#endCertified();
      const { subject, validTo } = new X509Certificate(material.cert);
      this.#logger.info({ subject, valid_to: validTo }, 'a new certificate is served');
    } catch (error) {
      this.#logger.error({ error }, 'the TLS files cannot be used; the certificate before is served on');
    }
  }

  #remember(socket: TLSSocket): void {
    this.#certified.add(socket);
    socket.once('close', () => this.#certified.delete(socket));
  }

  /** Who was let in by an authority shows its certificate again: the authority may not count any more. */
  #endCertified(): void {
    for (const socket of this.#certified) socket.destroySoon();
    this.#logger.info("who signs clients' certificates changed");
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** @throws TlsFilesError that names the setting. */
async function read({ cert, key, ca }: TlsOptions): Promise<Material> {
  const text = (setting: string, file: string) =>
    readFile(file, 'utf8').catch((error: unknown) => {
      throw new TlsFilesError(`tls.${setting}: ${file} cannot be read: ${textOf(error)}`, { cause: error });
    });
  const [certText, keyText, caText] = await Promise.all([
    text('cert', cert),
    text('key', key),
    ca === '' ? undefined : text('ca', ca),
  ]);
  return { cert: certText, key: keyText, ca: caText };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
