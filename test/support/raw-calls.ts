// Any method of a server, called with bytes and metadata: what it answers, and whether it opened.
import { Client, credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import type { MethodKind } from '../../src/contract/contract.js';
import { fromServiceError } from '../../src/errors/status.js';

const asIs = (bytes: Buffer): Buffer => bytes;

/** How a call went: refused with an error, or let through to its handler. */
export type Outcome = 'ok' | ReturnType<typeof fromServiceError>;

export class RawCalls {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  /** Calls a method. A stream that opens is ended by its caller at once and counts as ok. */
  call(
    { path, kind }: { readonly path: string; readonly kind: MethodKind },
    request: Buffer,
    metadata: Metadata,
  ): Promise<Outcome> {
    const options = { deadline: Date.now() + 30_000 };
    if (kind === 'unary') {
      return new Promise((resolve) => {
        this.#client.makeUnaryRequest(path, asIs, asIs, request, metadata, options, (error) =>
          resolve(error === null ? 'ok' : fromServiceError(error)),
        );
      });
    }
    const stream =
      kind === 'serverStream'
        ? this.#client.makeServerStreamRequest(path, asIs, asIs, request, metadata, options)
        : this.#client.makeBidiStreamRequest(path, asIs, asIs, metadata, options);
    return new Promise((resolve) => {
      stream.on('error', (error: ServiceError) => resolve(fromServiceError(error)));
      stream.on('end', () => resolve('ok'));
      stream.on('data', () => {
        resolve('ok');
        stream.cancel();
      });
    });
  }

  close(): void {
    this.#client.close();
  }
}
