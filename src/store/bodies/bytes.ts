// Owns numbers and texts as bytes, one after the other. A number is as short as it can be without loss: most are small, whole,
// times in milliseconds, or prices with a few decimals.

/** Stands for null; nothing else begins with it. */
export const NULL = 0xff;

/**
 * The first byte of a number. Below WHOLE it is the number itself; WHOLE + n is followed by a whole number of n bytes; from
 * DECIMAL on a number with decimals, DECIMAL + 8 * (decimals - 1) + n, by n bytes with the digits; the others by 8 bytes.
 */
const WHOLE = 0x80;
const DECIMAL = 0x90;
const DOUBLE = 0xc8;
const SIGNED = 0xc9;
const UNSIGNED = 0xca;
const MOST_DECIMALS = 5;
const PLACES = 8;
const MOST_BYTES = 6;
const WHOLE_LIMIT = 2 ** (8 * MOST_BYTES);
const POWERS = [1, 10, 100, 1000, 10_000, 100_000];

/** How many bytes a whole number below 2^48 takes. */
function widthOf(value: number): number {
  if (value < 0x100) return 1;
  if (value < 0x1_0000) return 2;
  if (value < 0x100_0000) return 3;
  if (value < 0x1_0000_0000) return 4;
  return value < 0x100_0000_0000 ? 5 : 6;
}

const FIRST_SIZE = 1024;
/** A buffer that has grown beyond it is not kept. */
const LARGEST_KEPT = 64 * 1024;
/** Texts of up to so many characters are written one by one. */
const SHORT_TEXT = 48;

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #at = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  /** @throws RangeError when it is not finite */
  number(value: number): void {
    this.#reserve(9);
    if (Number.isInteger(value) && value >= 0 && value < WHOLE_LIMIT) {
      if (value < WHOLE) {
        this.#bytes[this.#at] = value;
        this.#at += 1;
      } else this.#digits(WHOLE, value);
      return;
    }
    if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be stored`);
    for (let decimals = 1; decimals <= MOST_DECIMALS; decimals += 1) {
      const power = POWERS[decimals] ?? 1;
      const digits = Math.round(value * power);
      if (digits >= WHOLE_LIMIT || digits < 0) break;
      if (digits / power !== value) continue;
      this.#digits(DECIMAL + PLACES * (decimals - 1), digits);
      return;
    }
    this.#bytes[this.#at] = DOUBLE;
    this.#bytes.writeDoubleLE(value, this.#at + 1);
    this.#at += 9;
  }

  /** @throws RangeError when it does not fit 64 bits */
  int64(value: bigint): void {
    if (value >= 0n && value < WHOLE_LIMIT) {
      this.number(Number(value));
      return;
    }
    this.#reserve(9);
    const isSigned = value < 2n ** 63n;
    this.#bytes[this.#at] = isSigned ? SIGNED : UNSIGNED;
    if (isSigned) this.#bytes.writeBigInt64LE(value, this.#at + 1);
    else this.#bytes.writeBigUInt64LE(value, this.#at + 1);
    this.#at += 9;
  }

  text(value: string): void {
    const length = isShortAscii(value) ? value.length : Buffer.byteLength(value);
    this.number(length);
    this.#reserve(length);
    if (length === value.length && length <= SHORT_TEXT) {
      for (let i = 0; i < length; i += 1) this.#bytes[this.#at + i] = value.charCodeAt(i);
      this.#at += length;
    } else this.#at += this.#bytes.write(value, this.#at);
  }

  /** What was written since the last time, as bytes of its own with room for so many before them. */
  take(before: number): Buffer {
    const taken = Buffer.allocUnsafe(before + this.#at);
    this.#bytes.copy(taken, before, 0, this.#at);
    this.clear();
    return taken;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = 0;
    if (this.#bytes.length > LARGEST_KEPT) this.#bytes = Buffer.allocUnsafe(FIRST_SIZE);
  }

  #digits(kind: number, value: number): void {
    const width = widthOf(value);
    const [bytes, from] = [this.#bytes, this.#at];
    bytes[from] = kind + width;
    let left = value;
    for (let i = 1; i <= width; i += 1) {
      // Only the lowest byte is kept.
      bytes[from + i] = left;
      left = Math.floor(left / 0x100);
    }
    this.#at = from + 1 + width;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + bytes));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

function isShortAscii(value: string): boolean {
  if (value.length > SHORT_TEXT) return false;
  for (let i = 0; i < value.length; i += 1) if (value.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Names that are kept once; when there are more, keeping begins anew. */
const MOST_NAMES = 10_000;
const LONGEST_NAME = 64;
const names = new Map<string, string>();
/** The name that was read last of those that share a place here; a power of two. */
const LATEST_NAMES = 256;
const latestNames: (string | undefined)[] = new Array(LATEST_NAMES);

/** Whether these bytes are this text; texts beyond ASCII are not recognised. */
function isText(value: string, bytes: Uint8Array, from: number, length: number): boolean {
  if (value.length !== length) return false;
  for (let i = 0; i < length; i += 1) {
    const code = value.charCodeAt(i);
    if (code > 0x7f || code !== bytes[from + i]) return false;
  }
  return true;
}

/** The text that is kept for all that are as this one. */
function sameName(value: string): string {
  const known = names.get(value);
  if (known !== undefined) return known;
  if (value.length > LONGEST_NAME) return value;
  if (names.size >= MOST_NAMES) names.clear();
  names.set(value, value);
  return value;
}

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  /** The last integer that was read: a trade's tickets are mostly the same, which is then one in memory. */
  #last = 0n;
  #lastNumber = 0;

  /** @param from - where it begins to read, and before `end` it ends */
  constructor(bytes: Buffer, from: number, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** How far it has read. */
  get place(): number {
    return this.#at;
  }

  /** @throws RangeError beyond the end; so do all the others */
  byte(): number {
    const at = this.#at;
    this.#skip(1);
    return this.#bytes[at] ?? 0;
  }

  /** Whether null comes next, which is taken then. */
  takeNull(): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== NULL) return false;
    this.#at += 1;
    return true;
  }

  number(): number {
    const kind = this.byte();
    if (kind < WHOLE) return kind;
    if (kind < DECIMAL) return this.#digits(kind - WHOLE);
    if (kind < DOUBLE) {
      const at = kind - DECIMAL;
      return this.#digits(at % PLACES) / (POWERS[1 + Math.floor(at / PLACES)] ?? 1);
    }
    if (kind !== DOUBLE) throw new TypeError(`${kind} begins no number`);
    this.#skip(8);
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** Goes past a number. */
  skipNumber(): void {
    const kind = this.byte();
    if (kind < WHOLE) return;
    if (kind > DOUBLE) throw new TypeError(`${kind} begins no number`);
    if (kind === DOUBLE) this.#skip(8);
    else this.#skip(kind < DECIMAL ? kind - WHOLE : (kind - DECIMAL) % PLACES);
  }

  int64(): bigint {
    const kind = this.#bytes[this.#at];
    if (kind !== SIGNED && kind !== UNSIGNED) {
      const value = this.number();
      if (value === this.#lastNumber) return this.#last;
      this.#lastNumber = value;
      this.#last = BigInt(value);
      return this.#last;
    }
    this.#skip(9);
    return kind === SIGNED
      ? this.#bytes.readBigInt64LE(this.#at - 8)
      : this.#bytes.readBigUInt64LE(this.#at - 8);
  }

  /** Goes past a 64-bit integer. */
  skipInt64(): void {
    const kind = this.#bytes[this.#at];
    if (kind === SIGNED || kind === UNSIGNED) this.#skip(9);
    else this.skipNumber();
  }

  /** Goes past a text. */
  skipText(): void {
    this.#skip(this.number());
  }

  text(): string {
    const length = this.number();
    this.#skip(length);
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  /** A text that many values have: the same one for all of them. */
  name(): string {
    const from = this.#at;
    const length = this.number();
    const begin = this.#at;
    this.#skip(length);
    // Most are one of a few, which is told without making a text of the bytes.
    const place = (length * 31 + (this.#bytes[begin + length - 1] ?? 0)) & (LATEST_NAMES - 1);
    const latest = latestNames[place];
    if (latest !== undefined && isText(latest, this.#bytes, begin, length)) return latest;
    this.#at = from;
    const value = sameName(this.text());
    latestNames[place] = value;
    return value;
  }

  #skip(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#end) throw new RangeError('it ends early');
  }

  #digits(width: number): number {
    if (width === 0 || width > MOST_BYTES) throw new TypeError(`no number has ${width} bytes`);
    const [bytes, from] = [this.#bytes, this.#at];
    this.#skip(width);
    let value = 0;
    for (let at = from + width - 1; at >= from; at -= 1) value = value * 0x100 + (bytes[at] ?? 0);
    return value;
  }
}
