// What nothing durable can be faster than: a write that is on the disk, and a call there and back.
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { unaryLoad } from './load.js';
import type { ServerProcess } from './processes.js';
import { median } from './statistics.js';
import { registrations } from './trades.js';

const WRITES = 50;
const CALLS = 200;
const PAGE = Buffer.alloc(8192, 1);

/** The median of appending a page to a file of the folder and waiting for the disk, in ms. */
export function fdatasyncMs(folder: string): number {
  const file = openSync(join(folder, 'fdatasync'), 'a');
  try {
    return median(
      Array.from({ length: WRITES }, () => {
        const startedAt = performance.now();
        writeSync(file, PAGE);
        fdatasyncSync(file);
        return performance.now() - startedAt;
      }),
    );
  } finally {
    closeSync(file);
  }
}

/** The median of one call at a time to the echo server, in ms. */
export async function hopMs(echo: ServerProcess): Promise<number> {
  const { p50Ms } = await unaryLoad({
    server: echo,
    path: TradeServiceService.registerTrade.path,
    connections: 1,
    concurrency: 1,
    requests: registrations('hop', 1, CALLS),
  });
  return p50Ms;
}
