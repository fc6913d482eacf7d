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
/** Whole numbers of at most 6 bytes. */
const WHOLE_LIMIT = 2 ** 48;
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
    this.#bytes[this.#at] = kind + width;
    this.#bytes.writeUIntLE(value, this.#at + 1, width);
    this.#at += 1 + width;
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

export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;
  /** The last integer that was read: a trade's tickets are mostly the same, which is then one in memory. */
  #last = 0n;
  #lastNumber = 0;

  /** @param from - where it begins to read */
  constructor(bytes: Buffer, from: number) {
    this.#bytes = bytes;
    this.#at = from;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** How far it has read. */
  get place(): number {
    return this.#at;
  }

  /** @throws RangeError beyond the end; so do all the others */
  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new RangeError('it ends early');
    this.#at += 1;
    return value;
  }

  /** Whether null comes next, which is taken then. */
  takeNull(): boolean {
    if (this.#bytes[this.#at] !== NULL) return false;
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
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
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
    this.#at += 9;
    return kind === SIGNED
      ? this.#bytes.readBigInt64LE(this.#at - 8)
      : this.#bytes.readBigUInt64LE(this.#at - 8);
  }

  text(): string {
    const length = this.number();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('it ends early');
    const value = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return value;
  }

  /** A text that many values have: the same one for all of them. */
  name(): string {
    const value = this.text();
    const known = names.get(value);
    if (known !== undefined) return known;
    if (value.length > LONGEST_NAME) return value;
    if (names.size >= MOST_NAMES) names.clear();
    names.set(value, value);
    return value;
  }

  #digits(width: number): number {
    const from = this.#at;
    this.#at += width;
    return this.#bytes.readUIntLE(from, width);
  }
}
