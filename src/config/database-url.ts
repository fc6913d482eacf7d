// Owns the URL of the database as libpq writes it: one host or several, of which one is the primary.

/** postgres://user:password@one:5432,two:5432/name?parameters; the hosts may have no port. */
const PARTS = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^/?]*)(\/[^?]*)?(?:\?(.*))?$/;
const TARGET = 'target_session_attrs';
/** All of them mean the primary: DTMS cannot work on another. */
const TARGETS: readonly string[] = ['read-write', 'primary', 'any', 'prefer-primary'];

export interface DatabaseHosts {
  /** A URL for each host, in the order they were given. */
  readonly urls: readonly [string, ...string[]];
  /** Whether what answers may be a standby, and the next host has to be tried then. */
  readonly choice: 'only' | 'primary';
}

/** @throws Error that says what is wrong with the URL; it does not repeat the URL, which has a password. */
export function hostsOf(url: string): DatabaseHosts {
  const [, front, hosts, name = '', query = ''] = PARTS.exec(url) ?? [];
  if (front === undefined || hosts === undefined) throw new Error(SHAPE);
  const parameters = new URLSearchParams(query);
  const target = parameters.get(TARGET);
  if (target !== null && !TARGETS.includes(target))
    throw new Error(`${TARGET} must be read-write: DTMS works on the primary alone`);
  parameters.delete(TARGET);
  const rest = parameters.size === 0 ? name : `${name}?${parameters}`;
  const [first = '', ...others] = hosts.split(',').map((host) => `${front}${host}${rest}`);
  for (const each of [first, ...others]) if (!URL.canParse(each)) throw new Error(SHAPE);
  return { urls: [first, ...others], choice: others.length > 0 || target !== null ? 'primary' : 'only' };
}

const SHAPE =
  'must be empty or a URL such as postgres://user:password@host:5432/database, or host1:5432,host2:5432 for several';
