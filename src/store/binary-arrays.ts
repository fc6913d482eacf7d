// Owns Postgres arrays in their binary format. One parameter then carries a column of a whole batch: floats
// bit by bit, texts and bytes without quoting, which is where the time of large batches went. Format:
// PostgreSQL source, array_send and the *_send function of each type.

const OID = { bytea: 17, int8: 20, int4: 23, text: 25, float8: 701, timestamptz: 1184 } as const;

/** 2000-01-01 in milliseconds since 1970: where Postgres counts its microseconds from. */
const POSTGRES_EPOCH_MS = 946_684_800_000;

const HEADER_BYTES = 20;
const NULLS_AT = 4;
const LENGTH_AT = 12;

function header(buffer: Buffer, oid: number, length: number, hasNulls: number): void {
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(hasNulls, NULLS_AT);
  buffer.writeInt32BE(oid, 8);
  if (length === 0) return;
  buffer.writeInt32BE(length, LENGTH_AT);
  buffer.writeInt32BE(1, 16);
}

/** Elements of `width` bytes; null elements have no bytes. */
function fixed<T>(
  oid: number,
  width: number,
  values: readonly (T | null)[],
  write: (buffer: Buffer, value: T, at: number) => void,
): Buffer {
  let nulls = 0;
  for (const value of values) if (value === null) nulls += 1;
  const size = values.length === 0 ? 12 : HEADER_BYTES + values.length * (4 + width) - nulls * width;
  const buffer = Buffer.allocUnsafe(size);
  header(buffer, oid, values.length, nulls > 0 ? 1 : 0);
  let at = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(value === null ? -1 : width, at);
    at += 4;
    if (value === null) continue;
    write(buffer, value, at);
    at += width;
  }
  return buffer;
}

const HALF = 2 ** 32;

/** A safe integer, by halves: nearly all are, and making a bigint of each takes several times as long. */
function writeSafe(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / HALF);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * HALF, at + 4);
}

/** int8[]. @throws RangeError for a number that is not whole or does not fit. */
export function int8Array(values: readonly (bigint | number)[]): Buffer {
  return fixed(OID.int8, 8, values, (buffer, value, at) => {
    if (Number.isSafeInteger(value)) writeSafe(buffer, Number(value), at);
    else buffer.writeBigInt64BE(BigInt(value), at);
  });
}

/** int4[]. */
export function int4Array(values: readonly number[]): Buffer {
  return fixed(OID.int4, 4, values, (buffer, value, at) => {
    buffer.writeInt32BE(value, at);
  });
}

/** float8[], each value bit by bit. */
export function float8Array(values: readonly number[]): Buffer {
  return fixed(OID.float8, 8, values, (buffer, value, at) => {
    buffer.writeDoubleBE(value, at);
  });
}

/** timestamptz[] from UTC milliseconds. @throws RangeError for a time that is not whole. */
export function timestamptzArray(values: readonly (number | null)[]): Buffer {
  return fixed(OID.timestamptz, 8, values, (buffer, value, at) => {
    const since = value - POSTGRES_EPOCH_MS;
    if (Number.isSafeInteger(since) && Number.isSafeInteger(since * 1000))
      writeSafe(buffer, since * 1000, at);
    else buffer.writeBigInt64BE(BigInt(since) * 1000n, at);
  });
}

/** bytea[]. */
export function byteaArray(values: readonly Uint8Array[]): Buffer {
  let size = values.length === 0 ? 12 : HEADER_BYTES;
  for (const value of values) size += 4 + value.length;
  const buffer = Buffer.allocUnsafe(size);
  header(buffer, OID.bytea, values.length, 0);
  let at = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(value.length, at);
    buffer.set(value, at + 4);
    at += 4 + value.length;
  }
  return buffer;
}

/** text[]. */
export function textArray(values: readonly string[]): Buffer {
  let size = values.length === 0 ? 12 : HEADER_BYTES;
  for (const value of values) size += 4 + Buffer.byteLength(value);
  const buffer = Buffer.allocUnsafe(size);
  header(buffer, OID.text, values.length, 0);
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = buffer.write(value, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + length;
  }
  return buffer;
}

/** The arrays as one. They are of one type and none is empty. */
export function joined(arrays: readonly Buffer[]): Buffer {
  const [first] = arrays;
  if (first === undefined || arrays.length === 1) return first ?? Buffer.alloc(0);
  let length = 0;
  let hasNulls = 0;
  for (const array of arrays) {
    length += array.readInt32BE(LENGTH_AT);
    hasNulls |= array.readInt32BE(NULLS_AT);
  }
  const head = Buffer.from(first.subarray(0, HEADER_BYTES));
  head.writeInt32BE(hasNulls, NULLS_AT);
  head.writeInt32BE(length, LENGTH_AT);
  return Buffer.concat([head, ...arrays.map((array) => array.subarray(HEADER_BYTES))]);
}
