// Owns the file audits are exported to: JSON lines with the chain's rows, ended by what it holds and a signature
// over everything before it (Ed25519 of the SHA-256 of the bytes).
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import Type from 'typebox';
import Value from 'typebox/value';
import { type ChainEnd, type ChainedAudit, ChainWalk } from '../store/audit-chain.js';

const FORMAT = 'dtms-audit-1';

const text = Type.String();
const HEAD = Type.Object({ format: Type.Literal(FORMAT), publicKey: text });
const ROW = Type.Object({
  id: text,
  at: text,
  actor: text,
  actorId: text,
  method: text,
  account: text,
  ticket: text,
  detail: text,
  previousHash: text,
  hash: text,
});
const END = Type.Object({ rows: Type.Number(), id: text, hash: text });
const SIGNATURE = Type.Object({ signature: text });

/** The key that signs, made when the file is not there; only its owner may read it. */
export function signingKey(file: string): KeyObject {
  if (existsSync(file)) return createPrivateKey(readFileSync(file));
  mkdirSync(dirname(file), { recursive: true });
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  return privateKey;
}

/** A public key in one line, as it is told and given. */
export function publicKeyText(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** Writes an export line by line. */
export class AuditExport {
  readonly #write: (line: string) => void;
  readonly #key: KeyObject;
  readonly #digest = createHash('sha256');

  constructor(key: KeyObject, write: (line: string) => void) {
    this.#key = key;
    this.#write = write;
    this.#line({ format: FORMAT, publicKey: publicKeyText(key) });
  }

  row(row: ChainedAudit): void {
    this.#line(row);
  }

  finish(rows: number, end: ChainEnd): void {
    this.#line({ rows, ...end });
    this.#write(
      JSON.stringify({ signature: sign(null, this.#digest.digest(), this.#key).toString('base64') }),
    );
  }

  #line(value: object): void {
    const line = JSON.stringify(value);
    this.#digest.update(`${line}\n`);
    this.#write(line);
  }
}

/** What an export holds. */
export interface ExportFound {
  readonly rows: number;
  readonly end: ChainEnd;
  /** Whose signature it has. */
  readonly publicKey: string;
  /** What is wrong; null when nothing is. */
  readonly fault: string | null;
}

/** Reads an export from its head to its signature. */
class ExportReader {
  readonly #digest = createHash('sha256');
  readonly #walk = new ChainWalk();
  #publicKey = '';
  #state: 'head' | 'rows' | 'signature' | 'done' = 'head';
  #fault: string | null = null;

  /** Takes a line. Returns false when nothing after it matters. */
  take(line: string): boolean {
    this.#fault = this.#faultOf(line);
    return this.#fault === null;
  }

  get found(): ExportFound {
    const unsigned = this.#state === 'done' ? null : 'the file ends before its signature';
    const { rows, end } = this.#walk;
    return { rows, end, publicKey: this.#publicKey, fault: this.#fault ?? unsigned };
  }

  #faultOf(line: string): string | null {
    const value = parsed(line);
    if (this.#state === 'signature') return this.#signature(value);
    if (this.#state === 'done') return 'there is something after the signature';
    this.#digest.update(`${line}\n`);
    if (this.#state === 'head') {
      if (!Value.Check(HEAD, value)) return 'it is not an export of audits';
      this.#publicKey = value.publicKey;
      this.#state = 'rows';
      return null;
    }
    if (Value.Check(ROW, value)) return this.#walk.take(value);
    if (!Value.Check(END, value)) return `the line after audit ${this.#walk.end.id} cannot be read`;
    this.#state = 'signature';
    return value.rows === this.#walk.rows ? this.#walk.finish(value) : 'audits are missing';
  }

  #signature(value: unknown): string | null {
    if (!Value.Check(SIGNATURE, value)) return 'its signature cannot be read';
    const der = { key: Buffer.from(this.#publicKey, 'base64'), type: 'spki', format: 'der' } as const;
    const signature = Buffer.from(value.signature, 'base64');
    this.#state = 'done';
    return verify(null, this.#digest.digest(), createPublicKey(der), signature)
      ? null
      : 'its signature is of something else';
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Verifies an export by itself. */
export async function verifyExport(file: string): Promise<ExportFound> {
  const reader = new ExportReader();
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) if (!reader.take(line)) break;
  return reader.found;
}
