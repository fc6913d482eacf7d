// Owns the URL of NATS: one server or several of a cluster, with commas between.

const SHAPE =
  'must be empty or a URL such as nats://user:password@host:4222, of several with commas between, or tls://';

/** The servers of it, each with its scheme. @throws Error that says what is wrong with it; it does not repeat the URL, which has a password. */
export function natsServers(url: string): readonly URL[] {
  return url.split(',').map((each) => {
    const parsed = URL.canParse(each) ? new URL(each) : null;
    if (parsed === null || !/^(?:nats|tls):$/.test(parsed.protocol) || parsed.hostname === '')
      throw new Error(SHAPE);
    return parsed;
  });
}
