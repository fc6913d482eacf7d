// Runs once per test run. It offers the shared embedded Postgres without starting it: a run that needs
// no database stays fast.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import type { TestProject } from 'vitest/node';

import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { countedFaults, countFaults } from './fault-count.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the URL of the shared Postgres, which starts with the first request. */
    postgresService: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  countFaults();
  let dataDir: string | undefined;
  let starting: Promise<EmbeddedPostgres> | undefined;
  const start = (): Promise<EmbeddedPostgres> => {
    dataDir = mkdtempSync(join(tmpdir(), 'dtms-test-'));
    // Run as root, Postgres has another user, who must reach it.
    chmodSync(dataDir, 0o755);
    return EmbeddedPostgres.start({ dataDir, port: 0 }, pino({ level: 'warn' }, pino.destination(2)));
  };
  const service = createServer((_request, response) => {
    starting ??= start();
    starting.then(
      (postgres) => response.end(postgres.url),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  project.provide('postgresService', `http://127.0.0.1:${port}/`);
  return async () => {
    service.close();
    const postgres = await starting?.catch(() => undefined);
    await postgres?.stop();
    if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true });
    const faults = countedFaults();
    if (faults !== '') console.log(faults);
  };
}
