// Owns `dtms probe`: whether the server of this machine lives or is ready, as an exit code, for who starts and restarts it and has no
// shell and no curl.
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { Argument, Command } from 'commander';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { parseWhole } from './options.js';
import { print } from './output.js';

const EXAMPLES = `
Examples:
  $ dtms probe
  $ dtms probe livez --timeout 5000

It asks the HTTP port that the settings here name, and needs no key.`;

export function probeCommand(): Command {
  return new Command('probe')
    .description('whether the server here is ready, or lives: for health checks of containers')
    .addArgument(new Argument('[what]').choices(['readyz', 'livez']).default('readyz'))
    .option('--config <file>', 'JSON file with settings, as the server has it')
    .option('--timeout <ms>', 'how long an answer may take', parseWhole, 2_000)
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(what: string, options: { config?: string; timeout: number }): Promise<void> {
  const { loadConfig } = await import('../config/config.js');
  const { http, tls } = loadConfig({ file: options.config, use: 'tools' });
  if (!http.enabled) throw new CommandError('HTTP is switched off (http.enabled), and probes with it');
  const address = `${reachable(http.host)}:${http.port}`;
  const { status, text } = await answer(
    `${tls.cert === '' ? 'http' : 'https'}://${address}/${what}`,
    options.timeout,
  ).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`nobody answers at ${address}: ${why}`, EXIT.unreachable);
  });
  if (status !== 200) throw new CommandError(`${what}: ${status} ${text}`);
  print(`${what}: ${text}`);
}

/** Where a server that listens on all addresses is reached from its own machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function answer(url: string, timeoutMs: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const told = (response: IncomingMessage) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: text.trim() }));
      response.on('error', reject);
    };
    const options = { signal: AbortSignal.timeout(timeoutMs) };
    // Nothing secret is sent, and a certificate names the server as others call it, not this machine.
    const request = url.startsWith('https:')
      ? getSecurely(url, { ...options, rejectUnauthorized: false }, told)
      : get(url, options, told);
    request.on('error', reject);
  });
}
