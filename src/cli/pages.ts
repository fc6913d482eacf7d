// Owns reading lists page by page: up to a limit, saying when more is there, or all of it.
import { Option } from 'commander';
import { parseWhole } from './options.js';
import { remark } from './output.js';

/** The most a server gives at a time. */
const PAGE = 1000;

export interface ListLimits {
  readonly limit: number;
  readonly all: boolean;
}

export function limitOption(usual = PAGE): Option {
  return new Option('--limit <count>', 'at most this many').argParser(parseWhole).default(usual);
}

export function allOption(): Option {
  return new Option('--all', 'all of them, however many').default(false);
}

/** What a list has, up to its limit. What it leaves out is said on standard error, so that the output can be piped. */
export async function readList<T>(
  { limit, all }: ListLimits,
  read: (pageSize: number, pageToken: string) => Promise<{ items: readonly T[]; nextPageToken: string }>,
): Promise<T[]> {
  const most = all ? Number.POSITIVE_INFINITY : limit;
  const found: T[] = [];
  let pageToken = '';
  do {
    const pageSize = Math.min(PAGE, most - found.length);
    if (pageSize === 0) {
      if (limit > 0)
        remark(`only the first ${limit} are listed: --all lists the rest too, --limit as many as you want`);
      break;
    }
    const page = await read(pageSize, pageToken);
    found.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}
