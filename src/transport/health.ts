// Owns grpc.health.v1: the state of the server as a whole ("") and of each of its services.
import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

export const HEALTH_SERVICE = 'grpc.health.v1.Health';

export type Health = 'SERVING' | 'NOT_SERVING';

export class HealthService {
  readonly #names: readonly string[];
  readonly #implementation: HealthImplementation;

  /** Says NOT_SERVING until told otherwise. */
  constructor(services: readonly string[]) {
    this.#names = ['', ...services];
    this.#implementation = new HealthImplementation(
      Object.fromEntries(this.#names.map((name) => [name, 'NOT_SERVING' as const])),
    );
  }

  addTo(server: Server): void {
    this.#implementation.addToServer(server);
  }

  set(health: Health): void {
    for (const name of this.#names) this.#implementation.setStatus(name, health);
  }
}
