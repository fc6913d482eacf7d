// Owns `dtms doctor`: whether this machine and this configuration can run the service, and what stands in
// the way.
import { Command } from 'commander';
import type { Config } from '../config/config.js';
import { type Finding, portFindings } from './doctor-ports.js';
import { CommandError, EXIT_HELP } from './exit.js';
import { jsonOption } from './options.js';
import { jsonText, print, tableText } from './output.js';

interface Options {
  readonly config?: string;
  readonly json: boolean;
}

/** The oldest Node that runs the service, as package.json has it. */
const OLDEST_NODE: readonly [number, number] = [20, 19];
/** The oldest line of Node with long-term support; those before it lack HTTP/2 fixes. */
const LTS_MAJOR = 24;
/** No machine that runs this release has an earlier date. */
const EARLIEST_DATE = Date.UTC(2025, 0, 1);
const CLOCK_TOLERANCE_MS = 2_000;

const EXAMPLES = `
Examples:
  $ dtms doctor
  $ DTMS_DATABASE_URL=postgres://dtms:secret@db/dtms dtms doctor --json

An embedded database is started for the look, and made when there is none yet.`;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check the database and its durability, Node, ports and the clock')
    .option('--config <file>', 'JSON file with settings')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { loadConfig } = await import('../config/config.js');
  const config = loadConfig({ file: options.config });
  const findings = [
    nodeVersion(process.versions.node),
    timeZones(),
    ...(await portFindings(config)),
    ...(await database(config)),
  ];
  if (options.json) print(jsonText({ ok: findings.every(({ verdict }) => verdict !== 'fail'), findings }));
  else
    print(
      tableText(
        ['check', '', 'detail'],
        findings.map(({ check, verdict, detail }) => [check, verdict, detail]),
      ),
    );
  const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
  if (failed > 0) throw new CommandError(`${failed} of ${findings.length} checks failed`);
}

/** Judges a version of Node such as "20.19.0". */
function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const check = 'Node';
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return { check, verdict: 'fail', detail: `${version}; ${OLDEST_NODE.join('.')} or newer is needed` };
  }
  if (major < LTS_MAJOR) {
    return {
      check,
      verdict: 'warn',
      detail: `${version} works; production should run ${LTS_MAJOR} or a newer LTS line`,
    };
  }
  return { check, verdict: 'ok', detail: version };
}

/** Sessions are reckoned in the exchanges' zones: a Node without them would decide wrongly. */
function timeZones(): Finding {
  const check = 'time zones';
  const hour = (timeZone: string) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(
      Date.UTC(2025, 6, 1, 12),
    );
  try {
    const hours = ['Asia/Tokyo', 'Europe/London', 'America/New_York'].map(hour).join(' ');
    if (hours === '21 13 08') return { check, verdict: 'ok', detail: 'known, with daylight saving' };
    return { check, verdict: 'fail', detail: `12:00 UTC in July reads ${hours} in Tokyo, London, New York` };
  } catch (error) {
    return { check, verdict: 'fail', detail: textOf(error) };
  }
}

async function database(config: Config): Promise<Finding[]> {
  const { openDatabase } = await import('../store/database.js');
  const { connect, disconnect, query } = await import('../store/pool.js');
  const { inspectServer } = await import('../store/checks.js');
  const { createLogger } = await import('../observability/logger.js');
  const kind = config.database.url === '' ? `embedded in ${config.database.dataDir}` : 'external';
  const findings: Finding[] = [];
  try {
    const opened = await openDatabase(config, createLogger('silent'));
    try {
      const { statementTimeoutMs } = config.database;
      const client = await connect({ url: opened.url, statementTimeoutMs }, 'doctor', () => {});
      try {
        const { version, dataChecksums, faults } = await inspectServer(client);
        findings.push({ check: 'database', verdict: 'ok', detail: `${kind}, PostgreSQL ${version}` });
        findings.push(
          faults.length === 0
            ? {
                check: 'durability',
                verdict: 'ok',
                detail: 'fsync, full_page_writes and synchronous_commit are on',
              }
            : { check: 'durability', verdict: 'fail', detail: faults.join('; ') },
        );
        findings.push(
          dataChecksums
            ? { check: 'checksums', verdict: 'ok', detail: 'on' }
            : {
                check: 'checksums',
                verdict: 'warn',
                detail: 'off: bit rot on the disk would go unnoticed',
              },
        );
        const { rows } = await query(client, 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now');
        findings.push(clock(Date.now(), Number(rows[0]?.now)));
      } finally {
        await disconnect(client);
      }
    } finally {
      await opened.stop();
    }
  } catch (error) {
    findings.push({ check: 'database', verdict: 'fail', detail: `${kind}: ${textOf(error)}` });
  }
  return findings;
}

/** Judges this machine's clock (UTC ms) against the database's. */
export function clock(here: number, there: number): Finding {
  const check = 'clock';
  const date = new Date(here).toISOString();
  if (here < EARLIEST_DATE) return { check, verdict: 'fail', detail: `${date} is in the past` };
  const apart = Math.abs(here - there);
  if (apart <= CLOCK_TOLERANCE_MS) return { check, verdict: 'ok', detail: date };
  const detail = `${date}; the database's clock is ${Math.round(apart / 1000)} s apart`;
  return { check, verdict: 'warn', detail };
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n')[0] ?? text;
}
