// Owns how several servers are written down as one address.

/**
 * The servers of an address such as "a:50051, b:50051" or "ipv4:10.0.0.1:50051,10.0.0.2:50051", or of a list of them.
 *
 * @throws RangeError where one is of HTTP
 */
export function addressesOf(address: string | readonly string[]): readonly string[] {
  const text = typeof address === 'string' ? address : address.join(',');
  const [, scheme = '', list = text] = /^(ipv[46]:)(.*)$/.exec(text) ?? [];
  const servers = list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const web = servers.find((one) => /^https?:/i.test(one));
  if (web !== undefined)
    throw new RangeError(
      `${web} is no address of gRPC: write host:port, without http://; TLS is the option credentials`,
    );
  return servers.map((one) => scheme + one);
}
