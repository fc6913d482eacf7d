// Owns `dtms serve`: the service itself, until it is told to stop.
import { Command } from 'commander';
import type { App } from '../app.js';
import type { Config } from '../config/config.js';
import { inBackground } from '../observability/background.js';
import { EXIT_HELP } from './exit.js';
import { parsePort } from './options.js';
import { outliveOutput, print, remark } from './output.js';
import { aborted, onShutdown, type Shutdown, StopRequest } from './shutdown.js';

interface Options {
  readonly host?: string;
  readonly port?: number;
  readonly httpHost?: string;
  readonly httpPort?: number;
  readonly databaseUrl?: string;
  readonly dataDir?: string;
  readonly config?: string;
}

const EXAMPLES = `
Examples:
  $ dtms serve
  $ dtms serve --port 0 --data-dir /tmp/dtms
  $ DTMS_DATABASE_URL=postgres://dtms:secret@db/dtms dtms serve --host 0.0.0.0

Ctrl-C or SIGTERM stops in order; a second one stops at once. SIGHUP reads the configuration again, unless the server has
a terminal: closing that stops it.`;

/** Beyond the time calls have to end, for the writes and the database. */
const STOP_MS = 4_000;

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve gRPC and HTTP, with its log in Postgres (embedded unless a URL is given)')
    .option('--host <address>', 'address to listen on')
    .option('--port <port>', 'port to listen on; 0 takes any free one', parsePort)
    .option('--http-host <address>', 'address to listen on for HTTP')
    .option('--http-port <port>', 'port to listen on for HTTP; 0 takes any free one', parsePort)
    .option('--database-url <url>', 'postgres:// of a server of 15 or newer; better in DTMS_DATABASE_URL')
    .option('--data-dir <folder>', 'where the embedded database lives')
    .option('--config <file>', 'JSON file with settings')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(options: Options): Promise<void> {
  // Only a signal ends a server, whoever stops reading what it says.
  outliveOutput();
  // Before anything is started that would have to be stopped.
  const shutdown = onShutdown('stopping; press again to stop at once');
  try {
    await serve(options, shutdown);
  } catch (error) {
    if (!(error instanceof StopRequest)) throw error;
  } finally {
    shutdown.release();
  }
}

async function serve(options: Options, shutdown: Shutdown): Promise<void> {
  const { loadConfig, readConfig } = await import('../config/config.js');
  const { startApp } = await import('../app.js');
  const { reloadWhenTold, watchedFile } = await import('./reloading.js');
  const { ownFile } = await import('../config/environment.js');
  const { logWarnings, onDebugSignal, programLogger, surviveRejections } = await import('./logging.js');
  const { logVerbosity, setLogVerbosity } = await import('@grpc/grpc-js');
  // It writes metadata that it cannot read, keys and all, to standard error as it came.
  setLogVerbosity(logVerbosity.NONE);
  const sources = {
    file: options.config,
    overrides: {
      grpc: { host: options.host, port: options.port },
      http: { host: options.httpHost, port: options.httpPort },
      database: { url: options.databaseUrl, dataDir: options.dataDir },
    },
  };
  const file = watchedFile(options.config ?? ownFile());
  const config = loadConfig({
    ...sources,
    onUnknown: (variables) => remark(`ignored, as they are no settings: ${variables.join(', ')}`),
  });
  shutdown.allow(config.grpc.drainMs + STOP_MS);
  const logger = await programLogger(config.log);
  logWarnings(logger);
  surviveRejections(logger);
  const readAgain = () => readConfig(sources);
  const more = [config.flags.file, config.notices.plan].map((path) => watchedFile(path || undefined));
  const app = await startApp(config, logger, { readAgain, signal: shutdown.signal });
  const endReloads = reloadWhenTold(app, [file, ...more], config.reload.watchMs, shutdown, logger);
  const release = onDebugSignal(app.logLevel);
  for (const line of modeLines(config)) print(line);
  print(
    `database  ${app.database === 'embedded' ? `embedded, in ${config.database.dataDir}` : 'as configured'}`,
  );
  print(`gRPC      ${app.grpcAddress}`);
  if (app.httpAddress !== undefined) {
    print(`HTTP      ${config.tls.cert === '' ? 'http' : 'https'}://${app.httpAddress}`);
    print('pages     / (dashboard), /docs (the API), /metrics');
  }
  const { consoleToken } = app;
  print(`access    ${consoleToken === undefined ? 'by API key' : 'open: no key is needed'}`);
  if (consoleToken !== undefined) {
    print(`first key dtms keys create, or CreateApiKey with console_token ${consoleToken} (good once)`);
  }
  if (config.grpc.reflection) {
    const how = config.tls.cert === '' ? '-plaintext' : '-cacert FILE';
    print(`try       grpcurl ${how} ${app.grpcAddress} dtms.v1.SystemService/GetStatus`);
  }
  inBackground(tellIfStandby(app));
  await aborted(shutdown.signal);
  endReloads();
  await app.stop();
  release();
}

/** Once the database has said who leads: what a server told of itself may be from before it was killed. */
async function tellIfStandby({ leading, waiting }: Pick<App, 'leading' | 'waiting'>): Promise<void> {
  const leader = await Promise.race([waiting, leading]);
  if (typeof leader !== 'string') return;
  const name = leader === '' ? 'another server' : leader;
  print(`leads     ${name}; this server is a standby, and serves every call as well`);
}

/** What it will do, before anything is done: who is defended, what is adopted. */
export function modeLines({ rules }: Pick<Config, 'rules'>): string[] {
  const { mode, newAccounts } = rules.actions;
  const first =
    newAccounts === 'enforce'
      ? 'also for accounts it sees for the first time'
      : "a broker's new account is only observed until dtms accounts enforce NAME";
  const acts =
    mode === 'observe'
      ? 'observe: it decides and records, and sends no order (rules.actions.mode)'
      : `enforce: it sends orders; ${first} (rules.actions.newAccounts)`;
  const adopts = rules.reconciliation.registerExternal
    ? 'adopted and defended'
    : 'left alone (rules.reconciliation.registerExternal)';
  return [`mode      ${acts}`, `others    positions that no program registered are ${adopts}`];
}
