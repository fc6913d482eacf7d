// Owns `dtms audit`: the record of what was done by hand, exported for whoever keeps it, and verified.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Command } from 'commander';
import { toldElsewhere } from '../observability/background.js';
import type { AuditTable } from '../store/audits.js';
import { type Where, where, withStore } from './database.js';
import { CommandError, EXIT_HELP } from './exit.js';
import { jsonText, print, remark } from './output.js';

interface Exporting extends Where {
  readonly out?: string;
  readonly key?: string;
}

interface Verifying extends Where {
  readonly publicKey?: string;
  readonly live?: true;
}

const EXAMPLES = `
Examples:
  $ dtms audit verify
  $ dtms audit export --out audit.jsonl
  $ dtms audit verify audit.jsonl --public-key MCowBQYDK2VwAyEA...
  $ dtms audit verify audit.jsonl --live

Keep exports and the public key away from the server: whoever owns the database's schema could write a new chain, but not
one that agrees with an export.`;

export function auditCommand(): Command {
  return new Command('audit')
    .description('export and verify the record of what was done by hand')
    .addCommand(
      where(new Command('export'))
        .description('write every audit, the oldest first, as signed JSON lines, after verifying the chain')
        .option('--out <file>', 'the file; standard output unless given')
        .option('--key <file>', 'the Ed25519 key that signs, PEM; made in the data folder unless given')
        .addHelpText('after', EXAMPLES + EXIT_HELP)
        .action(exportAudits),
    )
    .addCommand(
      where(new Command('verify'))
        .description('verify the audits in the database, or an export of them')
        .argument('[file]', 'an export')
        .option('--public-key <key>', 'who must have signed the export, as `dtms audit export` told it')
        .option('--live', 'with an export: verify as well that the database goes on from it')
        .addHelpText('after', EXAMPLES + EXIT_HELP)
        .action(verify),
    );
}

async function exportAudits(options: Exporting): Promise<void> {
  const { AuditExport, publicKeyText, signingKey } = await import('./audit-file.js');
  const { rows, publicKey } = await withStore(options, async ({ audits }, { database }) => {
    const key = signingKey(options.key ?? join(database.dataDir, 'audit-signing-key.pem'));
    const write = async (line: (text: string) => unknown) => {
      const file = new AuditExport(key, line);
      const found = await audits.verify((row) => file.row(row));
      if (found.fault !== null) throw broken(found.fault, 'nothing is exported');
      file.finish(found.rows, found.end);
      return found;
    };
    const verified = options.out === undefined ? await write(print) : await written(options.out, write);
    return { rows: verified.rows, publicKey: publicKeyText(key) };
  });
  remark(`${rows} audits, signed by ${publicKey}`);
}

/** Writes a file that is whole, or none: an export that is there stays until there is a signed one in its place. */
async function written<T>(path: string, write: (line: (text: string) => unknown) => Promise<T>): Promise<T> {
  const draft = `${path}.${process.pid}.part`;
  const out = createWriteStream(draft, { flags: 'wx', mode: 0o600 });
  const ended = finished(out);
  toldElsewhere(ended);
  try {
    const result = await write((line) => out.write(`${line}\n`));
    out.end();
    await ended;
    await rename(draft, path);
    return result;
  } finally {
    out.destroy();
    await rm(draft, { force: true });
  }
}

async function verify(file: string | undefined, options: Verifying): Promise<void> {
  if (file === undefined) {
    const { rows, end } = await withStore(options, (store) => soundChain(store.audits));
    tell(options, { rows, last: end.id, hash: end.hash });
    return;
  }
  const { verifyExport } = await import('./audit-file.js');
  const { fault, rows, end, publicKey } = await verifyExport(file);
  if (fault !== null) throw broken(fault, `${rows} audits before it are sound`);
  if (options.publicKey !== undefined && options.publicKey !== publicKey)
    throw new CommandError(`the export is signed by another key, ${publicKey}`);
  if (options.live === true) {
    await withStore(options, async ({ audits }) => {
      await soundChain(audits);
      const there = end.id === '0' ? end : await audits.chained(end.id);
      if (there?.hash !== end.hash)
        throw new CommandError(`the database has another audit ${end.id} than the export`);
    });
  }
  tell(options, { rows, last: end.id, hash: end.hash, publicKey });
}

async function soundChain(audits: AuditTable) {
  const verified = await audits.verify();
  if (verified.fault !== null) throw broken(verified.fault, `${verified.rows} audits before it are sound`);
  return verified;
}

function broken(fault: string, more: string): CommandError {
  return new CommandError(`the audits are not sound: ${fault} (${more})`);
}

interface Sound {
  readonly rows: number;
  readonly last: string;
  readonly hash: string;
  readonly publicKey?: string;
}

function tell({ json }: Where, sound: Sound): void {
  if (json) {
    print(jsonText(sound));
    return;
  }
  const signed = sound.publicKey === undefined ? '' : `, signed by ${sound.publicKey}`;
  print(`${sound.rows} audits are sound; the last is ${sound.last}, ${sound.hash}${signed}`);
}
