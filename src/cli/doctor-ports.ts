// Owns what `dtms doctor` finds at the ports: each is free, served by a DTMS with these settings, or taken by another.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { clientKey } from '../config/client.js';
import type { Config } from '../config/config.js';
import { portHolder } from './port-holder.js';

export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly detail: string;
}

/** A place to listen at. */
interface Place {
  readonly host: string;
  readonly port: number;
}

const ANSWER_MS = 2_000;

export async function portFindings({ grpc, http, tls }: Config): Promise<Finding[]> {
  return [
    await portFinding('port', grpc, (address) => grpcServer(address, tls.cert)),
    ...(http.enabled
      ? [await portFinding('HTTP port', http, (address) => httpServer(address, tls.cert))]
      : []),
  ];
}

/** @param servedBy - asks whoever listens there already what it is; rejects when it is not DTMS. */
async function portFinding(
  check: string,
  { host, port }: Place,
  servedBy: (address: string) => Promise<string>,
): Promise<Finding> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  if (port === 0) return { check, verdict: 'ok', detail: 'any free one' };
  const taken = await whyTaken(host, port);
  if (taken === null) return { check, verdict: 'ok', detail: `${address} is free` };
  return servedBy(address).then(
    (program) => ({ check, verdict: 'ok', detail: `${address} is served by ${program}` }),
    () => {
      const holder = portHolder(port);
      const by = holder === undefined ? '' : `, by ${holder}`;
      return { check, verdict: 'fail', detail: `${address} cannot be used: ${taken}${by}` };
    },
  );
}

/** Why a port cannot be listened on; null when it can. */
function whyTaken(host: string, number: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.message));
    server.listen(number, host, () => server.close(() => resolve(null)));
  });
}

/** @param cert - the file of our certificate; empty without TLS. */
async function grpcServer(address: string, cert: string): Promise<string> {
  const [{ DtmsClient, DtmsCallError }, { credentials }] = await Promise.all([
    import('../client/index.js'),
    import('@grpc/grpc-js'),
  ]);
  const client = new DtmsClient({
    address,
    apiKey: clientKey(),
    // Whose certificate it is does not matter here: nothing is told to it but our key, and that only when it is ours.
    ...(cert === ''
      ? {}
      : { credentials: credentials.createSsl(null, null, null, { rejectUnauthorized: false }) }),
    defaults: { deadlineMs: ANSWER_MS, retryMs: 0 },
  });
  try {
    if (cert !== '') await requireOurCertificate(address, cert);
    return `DTMS ${(await client.getStatus({})).version}`;
  } catch (error) {
    // It answers as DTMS does, and only wants a key, or a certificate of the caller's.
    if (error instanceof DtmsCallError && error.report.correlationId !== undefined) return 'DTMS';
    if (cert === '') throw error;
    await requireOurCertificate(address, cert);
    return 'DTMS, which asks for a certificate';
  } finally {
    client.close();
  }
}

async function httpServer(address: string, cert: string): Promise<string> {
  try {
    const answered =
      cert === ''
        ? await answers((told) => get(`http://${address}/livez`, { timeout: ANSWER_MS }, told))
        : await answers((told) =>
            getSecurely(`https://${address}/livez`, { timeout: ANSWER_MS, rejectUnauthorized: false }, told),
          );
    if (answered) return 'DTMS';
  } catch (error) {
    if (cert === '') throw error;
  }
  if (cert === '') throw new Error('it is another program');
  await requireOurCertificate(address, cert);
  return 'DTMS, which asks for a certificate';
}

type Ask = (told: (response: IncomingMessage) => void) => ClientRequest;

/** Whether what answers is DTMS, which gives every answer a correlation id. */
function answers(ask: Ask): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = ask((response) => {
      response.resume();
      resolve(response.headers['x-correlation-id'] !== undefined);
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', reject);
  });
}

/** @throws Error when the server there shows another certificate than ours. */
function requireOurCertificate(address: string, cert: string): Promise<void> {
  const { fingerprint256 } = new X509Certificate(readFileSync(cert));
  const { hostname, port } = new URL(`https://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port),
      rejectUnauthorized: false,
      timeout: ANSWER_MS,
    });
    socket.once('secureConnect', () => {
      const theirs = socket.getPeerCertificate().fingerprint256;
      socket.destroy();
      if (theirs === fingerprint256) resolve();
      else reject(new Error('it shows another certificate'));
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}
